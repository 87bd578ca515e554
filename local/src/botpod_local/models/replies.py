"""What the stand-in answers: rules by the last thing said, and the reply they lead to."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from botpod_local.models import tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from botpod_local.models.conversation import Ask, Vendor


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call of one of the caller's tools."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer: a text, calls of tools, or both.

    ``words`` is how many words one streamed piece holds; ``first_token`` and ``between_tokens`` are seconds,
    on top of the server's own.
    """

    text: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    words: int = 1
    first_token: float = 0.0
    between_tokens: float = 0.0

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Self:
        """Read what the HTTP control takes: the fields above, ``tool_calls`` as a list of objects.

        Raises TypeError or KeyError for anything else.
        """
        calls = tuple(
            ToolCall(call["name"], call.get("arguments", {})) for call in body.get("tool_calls", ())
        )
        return cls(**{**body, "tool_calls": calls})

    def tokens_sent(self, text: str) -> int:
        """Return what the answer costs; ``text`` is what was really sent, often less than the reply's own."""
        arguments = (json.dumps(dict(call.arguments)) for call in self.tool_calls)
        return tokens.count(text) + sum(map(tokens.count, arguments))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Answers what matches: a regular expression searched in the last user text, case ignored.

    ``reply`` may be a function of the ask, for a script that needs more than a text. ``times`` is how often
    the rule may answer, ``None`` for always.
    """

    match: str
    reply: Reply | Callable[[Ask], Reply]
    vendor: Vendor | None = None
    model: str | None = None
    after_tool: bool = False
    times: int | None = None

    def covers(self, ask: Ask) -> bool:
        """Say whether this rule is for ``ask``.

        A rule with ``after_tool`` answers only once a tool has returned, the others only before that: else a
        scripted call would be repeated for ever.
        """
        returned = bool(ask.turns) and ask.turns[-1].role == "tool"
        return (
            self.vendor in {None, ask.vendor}
            and self.model in {None, ask.model}
            and returned == self.after_tool
            and re.search(self.match, ask.last_user_text, re.IGNORECASE | re.DOTALL) is not None
        )

    def answer(self, ask: Ask) -> Reply:
        """Return the reply for ``ask``."""
        return self.reply if isinstance(self.reply, Reply) else self.reply(ask)
