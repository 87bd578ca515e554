"""What an observer sees: one request of a bot and its answer, decoded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request and its answer.

    Attributes:
        template: the path as in Discord's description, ``/channels/{channel_id}``; None for unknown paths.
        body: the request's JSON (of a multipart request, its ``payload_json``); None without one.
        answer: the answer's JSON; None without one.
        injected: whether a control call made up the answer, so that it proves nothing about either side.
    """

    method: str
    template: str | None
    path: str
    query: Mapping[str, str]
    content_type: str
    body: Any
    status: int
    answer_type: str
    answer_headers: Mapping[str, str] = field(default_factory=dict)
    answer: Any = None
    injected: bool = False


class Observer(Protocol):
    """Anything that wants to see every exchange; called before the answer leaves."""

    def __call__(self, exchange: Exchange, /) -> None:
        """Take note; must not raise."""
        ...  # pragma: no cover
