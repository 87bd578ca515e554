"""One request and what came of it, kept for tests and handed to an observer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botpod_local.models.conversation import Ask, Vendor


@dataclass(slots=True, kw_only=True)
class Exchange:
    """A request, and the answer as far as it went.

    ``body`` is the request's JSON (``None`` without one), ``ask`` what it says (``None`` where it was refused
    before being read). ``events`` are the JSON objects of a stream, ``answer`` the JSON of anything else.
    ``cut`` says that the connection was dropped before the answer's end, by order or by the caller.
    """

    vendor: Vendor
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(repr=False)
    key: str = field(repr=False)
    body: Any = None
    ask: Ask | None = None
    status: int = 0
    answer: Any = None
    answer_headers: Mapping[str, str] = field(default_factory=dict)
    events: list[Any] = field(default_factory=list)
    cut: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return what the HTTP control shows; of the key only its last four characters."""
        return {
            "vendor": self.vendor,
            "method": self.method,
            "path": self.path,
            "key": f"…{self.key[-4:]}" if self.key else "",
            "model": self.ask.model if self.ask else None,
            "text": self.ask.last_user_text if self.ask else None,
            "body": self.body,
            "status": self.status,
            "cut": self.cut,
        }


class Observer(Protocol):
    """Anything that wants to see each exchange once it is over."""

    def __call__(self, exchange: Exchange, /) -> None:
        """Look at ``exchange``; must not raise."""
