"""What became of commands, clicks and forms: a first answer within 3 s, then the rest, once. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from continuity.messages import Said
    from continuity.transcript import Entry

FIRST_ANSWER_SECONDS = 3.0
"""Discord's own deadline; after it the person reads that the application did not respond."""

WITH_MESSAGE = frozenset({4, 5})
"""First answers that are, or announce, a message of their own; the others change one, complete or ask."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """``answered_at``: when the first answer came, a deferral included; ``answer``: its type in Discord.

    ``sent``: Discord had a session, or an address, to send it to.
    """

    id: str
    at: float
    user_id: str
    channel_id: str
    sent: bool
    answered_at: float | None
    answer: int | None
    messages: tuple[Said, ...]

    @property
    def in_time(self) -> bool:
        """Whether the person saw no failure."""
        return self.answered_at is not None and self.answered_at - self.at <= FIRST_ANSWER_SECONDS


def interactions(entries: Iterable[Entry], said: Iterable[Said]) -> list[Interaction]:
    """Return every interaction with what the bot made of it, in order."""
    begun: dict[str, Entry] = {}
    first: dict[str, Entry] = {}
    sent: set[str] = set()
    for entry in entries:
        if entry["kind"] == "dispatch" and entry["t"] == "INTERACTION_CREATE":
            sent.add(entry["id"])
        elif entry["kind"] == "post":
            sent.add(entry["interaction_id"])
        elif entry["kind"] == "interaction" and entry["event"] == "INTERACTION_CREATE":
            begun[entry["id"]] = entry
        elif entry["kind"] == "interaction" and entry["event"] == "INTERACTION_SUCCESS":
            first.setdefault(entry["id"], entry)
    messages = defaultdict(list)
    for one in said:
        messages[one.interaction_id].append(one)
    return [
        Interaction(
            id=number,
            at=entry["at"],
            user_id=entry["user_id"],
            channel_id=entry["channel_id"],
            sent=number in sent,
            answered_at=first[number]["at"] if number in first else None,
            answer=first[number]["answer"] if number in first else None,
            messages=tuple(messages[number]),
        )
        for number, entry in begun.items()
    ]


def late(found: Iterable[Interaction]) -> list[Interaction]:
    """Return what was neither answered nor deferred within 3 s."""
    return [one for one in found if not one.in_time]


def lost(found: Iterable[Interaction]) -> list[Interaction]:
    """Return what never got its answer: no first one, or one that was announced and never came."""
    return [
        one
        for one in found
        if one.answer is None
        or (one.answer in WITH_MESSAGE and not any(message.finished for message in one.messages))
    ]


def unsent(found: Iterable[Interaction]) -> list[Interaction]:
    """Return what Discord could send to nobody: it doesn't keep interactions for a session to come."""
    return [one for one in found if not one.sent]


def twice(found: Iterable[Interaction]) -> list[Interaction]:
    """Return what was answered with more than one message."""
    return [one for one in found if len(one.messages) > 1]
