"""What people asked in messages, and what a bot answered to each. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from continuity.transcript import Entry

LOADING = 1 << 7
"""Discord's flag of a message that only says that an answer will come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A person's message; ``at`` in Unix seconds, ``n`` its place in the record, ``guild_id`` if in one."""

    id: str
    n: int
    at: float
    author_id: str
    channel_id: str
    guild_id: int | None
    content: str

    @property
    def conversation(self) -> tuple[str, str]:
        """One person in one channel: there, questions are answered in their order."""
        return self.author_id, self.channel_id


@dataclass(slots=True, kw_only=True)
class Said:
    """A bot's message as it stands at the end; ``n`` and ``at`` tell when it first appeared."""

    id: str
    n: int
    at: float
    channel_id: str
    reference: str | None
    interaction_id: str | None
    nonce: str | None
    content: str
    loading: bool
    deleted: bool = False
    edits: int = 0

    @property
    def finished(self) -> bool:
        """Whether something stands there to be read."""
        return not self.deleted and not self.loading


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question with the messages that refer to it, in the order in which they appeared."""

    question: Question
    answers: tuple[Said, ...] = field(default=())

    @property
    def seconds(self) -> float | None:
        """How long the asker waited for the first sign of an answer; None if there was none."""
        return self.answers[0].at - self.question.at if self.answers else None


def questions(entries: Iterable[Entry]) -> list[Question]:
    """Return what people wrote, in order."""
    return [
        Question(
            id=entry["id"],
            n=entry["n"],
            at=entry["at"],
            author_id=entry["author_id"],
            channel_id=entry["channel_id"],
            guild_id=int(entry["guild_id"]) if entry.get("guild_id") else None,
            content=entry["content"],
        )
        for entry in entries
        if entry["kind"] == "message" and entry["event"] == "MESSAGE_CREATE" and not entry["bot"]
    ]


def said_by_bots(entries: Iterable[Entry]) -> list[Said]:
    """Return what bots wrote, each message as its last edit left it."""
    found: dict[str, Said] = {}
    for entry in entries:
        if entry["kind"] != "message":
            continue
        known = found.get(entry["id"])
        if entry["event"] == "MESSAGE_CREATE" and entry["bot"]:
            found[entry["id"]] = _said(entry)
        elif entry["event"] == "MESSAGE_UPDATE" and known is not None:
            known.content, known.loading = entry["content"], _loading(entry)
            known.edits += 1
        elif entry["event"] == "MESSAGE_DELETE" and known is not None:
            known.deleted = True
    return list(found.values())


def exchanges(asked: Iterable[Question], said: Iterable[Said]) -> list[Exchange]:
    """Return each question with its answers."""
    answers: dict[str, list[Said]] = {}
    for one in said:
        if one.reference is not None and one.interaction_id is None:
            answers.setdefault(one.reference, []).append(one)
    return [Exchange(question, tuple(answers.get(question.id, ()))) for question in asked]


def _said(entry: Entry) -> Said:
    return Said(
        id=entry["id"],
        n=entry["n"],
        at=entry["at"],
        channel_id=entry["channel_id"],
        reference=entry["reference"],
        interaction_id=entry["interaction_id"],
        nonce=None if entry.get("nonce") is None else str(entry["nonce"]),
        content=entry["content"],
        loading=_loading(entry),
    )


def _loading(entry: Entry) -> bool:
    return bool(entry.get("flags", 0) & LOADING)
