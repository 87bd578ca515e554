"""What arrives together is given on together, and says the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from botpod.models.merging import merged

if TYPE_CHECKING:
    from collections.abc import Sequence


def event(data: object, *, kind: str | None = None) -> bytes:
    head = f"event: {kind}\n" if kind else ""
    return f"{head}data: {json.dumps(data)}\n\n".encode()


def chunk(delta: dict[str, Any], **more: Any) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": None, **more}
    return event({"id": "1", "object": "chat.completion.chunk", "choices": [choice]})


def block(text: str, *, index: int = 0) -> bytes:
    delta = {"type": "text_delta", "text": text}
    return event({"type": "content_block_delta", "index": index, "delta": delta}, kind="content_block_delta")


TEXT = st.text(st.sampled_from("ab \n\ud83d\ude00"), max_size=4)
EVENTS = st.lists(
    st.one_of(
        TEXT.map(lambda text: chunk({"content": text})),
        TEXT.map(lambda text: chunk({"content": text}, index=1)),
        TEXT.map(lambda text: chunk({"role": "assistant", "content": text})),
        TEXT.map(lambda text: chunk({"content": text, "refusal": "no"})),
        TEXT.map(lambda text: chunk({"content": text}, finish_reason="stop")),
        TEXT.map(lambda text: chunk({"reasoning_content": text})),
        TEXT.map(block),
        TEXT.map(lambda text: block(text, index=1)),
        st.sampled_from(
            [
                b"data: [DONE]\n\n",
                b"data: {}\n\n",
                b"data: [1\n\n",
                b"data: {\ndata: }\n\n",
                event({"choices": [], "usage": {"total_tokens": 3}}),
                event({"type": "ping"}, kind="ping"),
                chunk({"content": None}),
                event({"choices": None}),
                event([1]),
            ]
        ),
    ),
    max_size=12,
)


def told(events: Sequence[bytes]) -> list[object]:
    """Return what events say, texts in a row of the same place as one."""
    found: list[tuple[object, str | None]] = []
    for one in events:
        place, text = _read(one)
        if text is not None and found and found[-1][0] == place and found[-1][1] is not None:
            found[-1] = (place, found[-1][1] + text)
        else:
            found.append((place, text))
    return [(place, None if text is None else _joined(text)) for place, text in found]


def _joined(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def _read(one: bytes) -> tuple[object, str | None]:
    try:
        data = json.loads(one.partition(b"data: ")[2])
        if data.get("type") == "content_block_delta":
            return ("block", data["index"]), data["delta"]["text"]
        (choice,) = data["choices"]
        if set(choice["delta"]) == {"content"} and choice["finish_reason"] is None:
            text = choice["delta"]["content"]
            return (("choice", choice["index"]), text) if isinstance(text, str) else (one, None)
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    return one, None


@given(EVENTS)
def test_nothing_is_lost_added_or_moved(events: list[bytes]) -> None:
    assert told(list(merged(events))) == told(events)


def test_words_that_come_together_are_one_event() -> None:
    events = [chunk({"role": "assistant", "content": ""}), *(chunk({"content": f"{n} "}) for n in range(9))]
    first, words, last = merged([*events, chunk({}, finish_reason="stop")])
    assert first == events[0]
    assert json.loads(words[6:])["choices"][0]["delta"] == {"content": "0 1 2 3 4 5 6 7 8 "}
    assert b'"stop"' in last


def test_a_word_that_comes_alone_is_given_on_as_it_came() -> None:
    alone = b'data: {"choices":[{"index":0,"delta":{"content":"hi"},"finish_reason":null}],  "x": 1}\n\n'
    assert list(merged([alone])) == [alone]
