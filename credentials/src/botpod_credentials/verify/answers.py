"""What can come of asking a service about a credential."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botpod_credentials.keys import Key, Kind


class Answer(StrEnum):
    """What is known of a credential after its service was asked."""

    ACCEPTED = "Accepted"
    """The service knows it."""
    REFUSED = "Refused"
    """The service certainly refuses it: asking again changes nothing until somebody acts."""
    UNCLEAR = "Unclear"
    """Nobody can tell now: the service is away, slow, busy or says something unexpected. Ask again later."""
    UNVERIFIABLE = "Unverifiable"
    """There is no way to ask: a kind or a server without a question, or no address in the class."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What came of one question, whoever's key it was about."""

    answer: Answer
    message: str
    retry_after: float | None = None
    application_id: str | None = None

    def about(self, key: Key) -> Finding:
        """Return it as the finding about ``key``."""
        return Finding(
            key=key.name,
            kind=key.kind,
            answer=self.answer,
            message=self.message,
            retry_after=self.retry_after,
            application_id=self.application_id,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is known of one key.

    ``message`` begins in lower case, has no full stop, names the service and what it said and, where it
    refused, what to do; it never holds the value or anything that the service wrote. ``retry_after`` is in
    seconds, only where the service said so, an hour at most. ``application_id`` comes with a Discord token
    that was accepted.
    """

    key: str
    kind: Kind
    answer: Answer
    message: str
    retry_after: float | None = None
    application_id: str | None = None
