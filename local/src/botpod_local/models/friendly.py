"""The answer where no rule matches: friendly, useful for trying things out, and plain about being a stand-in.

It depends on nothing but the request, so the same conversation always gets the same answer.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from botpod_local.models.replies import Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod_local.models.conversation import Ask

_CODE = '''Here is a little Python:

```python
def greet(name: str) -> str:
    """Say hello to one person."""
    return f"Hello, {name}!"


print(greet("world"))
```
`greet` takes a name and returns the greeting.'''

_ECHO = r"\becho\b[\s:]+(?P<rest>.+)"

_PARAGRAPH = (
    "Paragraph {n}. A long answer is split where Discord's limit of 2,000 characters asks for it, at the end "
    "of a line where there is one; a code block is closed before the split and opened again after it."
)


def introduce(ask: Ask) -> str:
    """Say what is speaking."""
    return (
        f"I am Botpod's stand-in model, answering by rule in place of `{ask.model}` ({ask.vendor}): "
        "nothing here was thought by an AI."
    )


def _remember(ask: Ask) -> str:
    earlier = ask.earlier_user_texts
    if not earlier:
        return "You have said nothing before this: it is the first message that I was given."
    lines = "\n".join(f"{n}. {text}" for n, text in enumerate(earlier, 1))
    things = "one thing" if len(earlier) == 1 else f"{len(earlier)} things"
    return f"Before this you said {things}:\n{lines}"


def _long(_: Ask) -> str:
    listing = "\n".join(f"line_{n:03} = {n} * {n}  # {n * n}" for n in range(1, 101))
    return (
        "\n\n".join(_PARAGRAPH.format(n=n) for n in range(1, 5))
        + f"\n\n```python\n{listing}\n```\n"
        + "\n\n".join(_PARAGRAPH.format(n=n) for n in range(5, 9))
    )


def _instructions(ask: Ask) -> str:
    return (
        f"I was told:\n> {ask.system.replace('\n', '\n> ')}" if ask.system else "I was given no instructions."
    )


def _help(ask: Ask) -> str:
    return (
        f"{introduce(ask)} Try:\n"
        "- `echo` and some words: I repeat them\n"
        "- `what did I say before?`: I list what I was given of our conversation\n"
        "- `what are your instructions?`: I repeat the system prompt\n"
        "- `show me code`, `a long answer`: something to look at"
    )


def _echo(ask: Ask) -> str:
    found = re.search(_ECHO, ask.last_user_text, re.IGNORECASE | re.DOTALL)
    return found["rest"] if found else ask.last_user_text


_TRICKS: tuple[tuple[re.Pattern[str], Callable[[Ask], str]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), answer)
    for pattern, answer in (
        (_ECHO, _echo),
        (r"what (did|have) i (say|said|told?)|what do you remember|do you remember", _remember),
        (r"(system prompt|your instructions|were you told)", _instructions),
        (r"\b(who|what|which model) are you\b", introduce),
        (r"\blong (answer|reply|text)\b", _long),
        (r"\b(code|python|function)\b", lambda _: _CODE),
        (r"^\W*(help|what can you do)\b", _help),
    )
)


def friendly(ask: Ask) -> Reply:
    """Return the answer to ``ask``."""
    said = ask.last_user_text
    if ask.turns and ask.turns[-1].role == "tool":
        return Reply(text=f"The tool said: {ask.turns[-1].text}")
    for pattern, answer in _TRICKS:
        if pattern.search(said):
            return Reply(text=answer(ask))
    number = len(ask.earlier_user_texts) + 1
    seen = (
        f" You sent {ask.images} image{'s'[: ask.images != 1]} with it; I can't look at them."
        if ask.images
        else ""
    )
    quoted = said.strip().replace("\n", "\n> ") or "(nothing)"
    return Reply(
        text=f"{introduce(ask)} Message {number} of this conversation was:\n> {quoted}\n{seen}".rstrip()
    )
