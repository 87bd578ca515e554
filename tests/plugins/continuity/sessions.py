"""Which gateway sessions were connected when, how they were begun, and when nobody heard a guild. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from continuity.transcript import Entry

RESUME_PATH = "/resume"
"""Where the stand-in's ``resume_gateway_url`` leads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A stretch of time in which a session was connected; ``end`` is infinite if it still was."""

    session_id: str
    shard: tuple[int, int]
    begin: float
    end: float

    def hears(self, guild_id: int | None) -> bool:
        """Whether a guild's events, or with None private ones, come here."""
        number, count = self.shard
        return number == (0 if guild_id is None else (guild_id >> 22) % count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Starts:
    """How sessions were begun and gone on with.

    Attributes:
        identifies: how often each outcome came; every one counts against the day's budget.
        resumes: the same.
        elsewhere: resumes at another address than the session's own.
        invalid: how often a client was told that its session is invalid (op 9).
    """

    identifies: Counter[str]
    resumes: Counter[str]
    elsewhere: int
    invalid: int


def held(entries: Iterable[Entry]) -> list[Held]:
    """Return every stretch, by its beginning."""
    open_since: dict[str, tuple[float, tuple[int, int]]] = {}
    found: list[Held] = []

    def close(session_id: str, end: float) -> None:
        if session_id in open_since:
            begin, shard = open_since.pop(session_id)
            found.append(Held(session_id=session_id, shard=shard, begin=begin, end=end))

    for entry in entries:
        match entry:
            case {"kind": "dispatch", "t": "READY" | "RESUMED", "connected": True}:
                number, count = entry["shard"]
                open_since.setdefault(entry["session_id"], (entry["at"], (number, count)))
            case {"kind": "close", "session_id": str() as session_id, "had_it": True}:
                close(session_id, entry["at"])
            case {"kind": "invalid_session", "session_id": str() as session_id, "resumable": False}:
                close(session_id, entry["at"])
    for session_id in list(open_since):
        close(session_id, float("inf"))
    return sorted(found, key=lambda one: one.begin)


def unheard(stretches: Sequence[Held], guild_id: int | None) -> list[tuple[float, float]]:
    """Return when, after the first session that heard it, no session heard a guild: begin and end."""
    found: list[tuple[float, float]] = []
    until: float | None = None
    for one in sorted((one for one in stretches if one.hears(guild_id)), key=lambda one: one.begin):
        if until is not None and one.begin > until:
            found.append((until, one.begin))
        until = one.end if until is None else max(until, one.end)
    if until is not None and until != float("inf"):
        found.append((until, float("inf")))
    return found


def starts(entries: Iterable[Entry]) -> Starts:
    """Count how sessions were begun."""
    identifies: Counter[str] = Counter()
    resumes: Counter[str] = Counter()
    elsewhere = invalid = 0
    for entry in entries:
        match entry["kind"]:
            case "identify":
                identifies[entry["outcome"]] += 1
            case "resume":
                resumes[entry["outcome"]] += 1
                elsewhere += not entry["path"].startswith(RESUME_PATH)
            case "invalid_session":
                invalid += 1
    return Starts(identifies=identifies, resumes=resumes, elsewhere=elsewhere, invalid=invalid)
