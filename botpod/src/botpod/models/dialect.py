"""What a server's dialect of its vendor's protocol is, found out from what it refuses. Pure.

"Compatible" servers know the protocol of some year. A refusal that names a field is a reason to leave it out,
not to fail; what was learned holds for the process, so that one request pays for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from botpod.errors import Rejected
from botpod.models.ending import Unbegun

if TYPE_CHECKING:
    from botpod.config.schema import ModelSection

THINKING_ROOM = 8192
"""Tokens for thoughts beside the answer's own: vendors count both against one limit."""
_OTHERS = {"max_completion_tokens": "max_tokens", "max_tokens": "max_completion_tokens"}
_LIMITS = {
    "Auto": "max_completion_tokens",
    "MaxCompletionTokens": "max_completion_tokens",
    "MaxTokens": "max_tokens",
}
_OPTIONAL = ("stream_options", "reasoning_effort", "temperature")
_BEGUN_BY_TEMPLATE = ("deepseek-r1", "qwq", "r1-distill", "-thinking")
"""In the names of models whose templates open the thoughts themselves."""


class Unsupported(Rejected):
    """The server refuses a request for the fields ``names``, which can be left out or renamed."""

    def __init__(self, names: frozenset[str]) -> None:
        super().__init__(f"It refuses what the request says in {', '.join(sorted(names))}.")
        self.names = names


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How one server is spoken to."""

    limit: str = "max_completion_tokens"
    """The field that bounds an answer."""
    without: frozenset[str] = frozenset()
    """Fields that it refuses."""
    room: int = 0
    """Tokens added to the bound, for thoughts."""
    begins_thinking: bool = False
    """Whether an answer's text begins inside the thoughts."""

    def after(self, error: Rejected) -> Dialect | None:
        """Return how to ask instead; None where nothing would change."""
        match error:
            case Unbegun():
                changed = replace(self, room=THINKING_ROOM)
            case Unsupported() if self.limit in error.names:
                changed = replace(self, limit=_OTHERS[self.limit])
            case Unsupported():
                changed = replace(self, without=self.without | (error.names & frozenset(_OPTIONAL)))
            case _:
                return None
        return None if changed == self else changed


def of(section: ModelSection) -> Dialect:
    """Return how a model is spoken to before anything was learned."""
    told = section.compatibility
    name = section.model.lower()
    by_name = any(part in name for part in _BEGUN_BY_TEMPLATE)
    return Dialect(
        limit=_LIMITS[told.max_tokens_field],
        begins_thinking=by_name if told.begins_thinking is None else told.begins_thinking,
    )


def refused_fields(body: object) -> frozenset[str]:
    """Return which of the fields that can change a refusal speaks of."""
    text = str(body)
    return frozenset(name for name in (*_OTHERS, *_OPTIONAL) if re.search(rf"\b{name}\b", text))
