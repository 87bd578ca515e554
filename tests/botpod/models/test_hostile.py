"""A model's server that attacks: it fails as an endpoint, and costs the bot neither memory nor its loop."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from hostile_model import ATTACKS, attacked
from hypothesis import given
from hypothesis import strategies as st
from pydantic_ai.exceptions import ModelHTTPError
from speaking import speaking

from botpod.config.schema import ModelSection
from botpod.errors import NoModelAnswers, Transient
from botpod.models.backoff import Rounds
from botpod.models.bounds import Allowance, Excess, Framing
from botpod.models.continuation import Joint, common_prefixes
from botpod.models.failures import ours
from botpod.models.fallback import ConfiguredModels
from botpod.skills.protocol import Turn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SAYS = {
    "a line without end": "One event of its answer is larger than any that is read.",
    "an event without end": "One event of its answer has more lines than are read.",
    "an event of blank data lines": "One event of its answer has more lines than are read.",
    "comments without end": "Its answer is larger than any that is read.",
    "blank lines without end": "Its answer is larger than any that is read.",
    "a gzip bomb": "One event of its answer is larger than any that is read.",
    "a deflate bomb": "One event of its answer is larger than any that is read.",
    "an unknown compression": "Its answer is compressed in a way that was not asked for.",
    "deep nesting": "One event of its answer is larger than any that is read.",
    "many choices": "One event of its answer has more values than are read.",
    "text without end": "Its answer is longer than any that is read.",
    "an error without end": "It answered with status 500.",
}
"""The real reasons, of those whose reason doesn't depend on how fast the machine is."""


@pytest.mark.parametrize(("name", "attack"), ATTACKS.items(), ids=list(ATTACKS))
@pytest.mark.attack("endless_line", "compressed_bomb", "redirected_key")
async def test_an_attack_fails_for_its_reason_and_costs_next_to_nothing(
    name: str, attack: Callable[[], Iterator[bytes]]
) -> None:
    felt = await attacked(attack)
    assert felt.problem
    assert felt.problem == SAYS.get(name, felt.problem)
    assert felt.problem.isprintable()
    assert felt.rss_added_mib <= 16
    assert felt.held_ms <= 50


@pytest.mark.parametrize("size", [1, 64, 6000])
@pytest.mark.parametrize("unit", ["a ", "word ", "ab ab abc ", "a"])
@pytest.mark.attack("repetitive_continuation")
def test_repetition_does_not_hold_the_loop(unit: str, size: int) -> None:
    said = (unit * 6000)[:6000]
    joint, worst = Joint(said), 0.0
    for piece in (*(said[start : start + size] for start in range(0, 6000, size)), "!"):
        began = time.thread_time()
        joint.feed(piece)
        worst = max(worst, time.thread_time() - began)
    assert worst < 0.05


@given(text=st.text("ab ", max_size=12), said=st.text("ab ", max_size=12))
def test_common_prefixes_are_what_they_say(text: str, said: str) -> None:
    def common(place: int) -> int:
        pairs = zip(said[place:], text, strict=False)
        return next(
            (count for count, (one, other) in enumerate(pairs) if one != other),
            min(len(said) - place, len(text)),
        )

    assert common_prefixes(text, said) == [common(place) for place in range(len(said))]


EVENTS = st.lists(
    st.lists(st.sampled_from(["data: {}", "data: x", "event: e", "id: 1"]), min_size=1, max_size=4),
    max_size=5,
)


@given(events=EVENTS, end=st.sampled_from(["\n", "\r\n"]), noise=st.booleans(), size=st.integers(1, 30))
def test_events_pass_whole_however_they_are_cut(
    events: list[list[str]], end: str, *, noise: bool, size: int
) -> None:
    more = f": ping{end}{end}" if noise else ""
    wire = "".join(more + "".join(line + end for line in event) + end for event in events).encode()
    framing = Framing(Allowance())
    passed = [one for start in range(0, len(wire), size) for one in framing.feed(wire[start : start + size])]
    assert passed == ["".join(line + "\n" for line in event).encode() + b"\n" for event in events]
    assert framing.finish() == b""


def test_a_body_that_is_no_stream_passes_as_it_is() -> None:
    framing = Framing(Allowance())
    assert list(framing.feed(b'{"choices": []}')) == []
    assert framing.finish() == b'{"choices": []}'


def test_an_allowance_ends() -> None:
    allowance = Allowance(200)
    allowance.take(1)
    allowance.take(100)
    with pytest.raises(Excess, match="larger than any that is read"):
        allowance.take(100)


@pytest.mark.parametrize("provider", ["OpenAI", "AzureOpenAI", "Anthropic"])
@pytest.mark.parametrize("status", [302, 307, 308])
async def test_a_key_is_led_nowhere_and_no_cookie_is_kept(provider: str, status: int) -> None:
    elsewhere: list[str] = []
    cookies: list[str | None] = []

    async def hear(request: web.Request) -> web.StreamResponse:
        elsewhere.append(request.path)
        return web.Response()

    async with speaking(hear) as other:

        async def lead(request: web.Request) -> web.StreamResponse:
            cookies.append(request.headers.get("Cookie"))
            where = {"Location": f"{other}/", "Set-Cookie": "theirs=1; Path=/"}
            return web.Response(status=status, headers=where)

        async with speaking(lead) as url:
            section = ModelSection.model_validate(
                {
                    "name": "m",
                    "provider": provider,
                    "model": "m",
                    "baseUrl": url,
                    "credential": "key",
                    "apiVersion": "2024-10-21",
                }
            )
            models = ConfiguredModels([section], secret=lambda _: "key", rounds=Rounds(count=1))
            for _ in range(2):
                with pytest.raises(NoModelAnswers):
                    await anext(
                        models.answer((Turn(role="user", content="hi"),), instructions="", correlation_id="c")
                    )
            await models.close()
    assert elsewhere == []
    assert cookies == [None, None]
    assert models.status()["m"]["problem"] == (
        f"It leads elsewhere ({status}), where no key of ours is sent."
    )


@pytest.mark.parametrize(("asked", "waited"), [("1000000000", 3600), ("7", 7), ("inf", None), ("nan", None)])
def test_nobody_makes_the_bot_wait_for_years(asked: str, waited: float | None) -> None:
    told = ours(ModelHTTPError(503, "m", headers={"Retry-After": asked}), credential="key")
    assert isinstance(told, Transient)
    assert told.retry_after == waited
