"""Records as the stand-in writes them, made up, so that the checker can be shown every kind of failure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from continuity.messages import LOADING

if TYPE_CHECKING:
    from continuity.transcript import Entry

BOT = "999"


@dataclass(slots=True)
class MadeUp:
    """Notes what happens at moments of one's choice, in any order; ``entries`` are in order."""

    happened: list[tuple[float, str, dict[str, Any]]] = field(default_factory=list)
    _ids: int = 1000

    @property
    def entries(self) -> list[Entry]:
        """What was noted, by its moments, numbered."""
        ordered = sorted(self.happened, key=lambda one: one[0])
        return [{"n": n, "at": at, "kind": kind, **more} for n, (at, kind, more) in enumerate(ordered, 1)]

    def note(self, at: float, kind: str, **more: Any) -> None:
        self.happened.append((at, kind, more))

    # Messages

    def ask(self, at: float, *, person: str = "1", channel: str = "2", guild: int | None = 0) -> str:
        """Let a person ask; return the message's id."""
        return self._message(at, author=person, bot=False, channel=channel, guild=guild, content=f"at {at}")

    def answer(self, at: float, question: str | None, *, content: str = "yes", **more: Any) -> str:
        """Let the bot answer, or with None say something to nobody; return the message's id."""
        return self._message(at, author=BOT, bot=True, reference=question, content=content, **more)

    def edit(self, at: float, message: str, content: str) -> None:
        self._message(at, author=BOT, bot=True, event="MESSAGE_UPDATE", id=message, content=content)

    def delete(self, at: float, message: str) -> None:
        self.note(at, "message", event="MESSAGE_DELETE", id=message, channel_id="2")

    # Interactions

    def command(self, at: float, *, person: str = "1", channel: str = "2", session: str | None = "s") -> str:
        """Let a person use a command, which goes to ``session``; return the interaction's id."""
        number = self._new()
        event = "INTERACTION_CREATE"
        self.note(at, "interaction", event=event, id=number, user_id=person, channel_id=channel, type=2)
        if session is not None:
            self.note(at, "dispatch", session_id=session, t=event, id=number, connected=True)
        return number

    def respond(self, at: float, interaction: str, *, defer: bool = False) -> str:
        """Let the bot answer or defer; return the message's id."""
        answer = 5 if defer else 4
        self.note(at, "interaction", event="INTERACTION_SUCCESS", id=interaction, answer=answer)
        flags = LOADING if defer else 0
        return self.answer(at, None, interaction=interaction, flags=flags, content="" if defer else "yes")

    # Sessions

    def ready(self, at: float, session: str, shard: tuple[int, int] = (0, 1)) -> None:
        self.note(at, "identify", outcome="started", shard=list(shard))
        self._heard(at, session, shard, "READY")

    def resumed(self, at: float, session: str, shard: tuple[int, int] = (0, 1)) -> None:
        self.note(at, "resume", outcome="resumed", session_id=session, seq=1, path="/resume")
        self._heard(at, session, shard, "RESUMED")

    def close(self, at: float, session: str | None, *, had_it: bool = True) -> None:
        self.note(at, "close", code=1006, by="client", session_id=session, had_it=had_it)

    def invalid(self, at: float, session: str | None, *, resumable: bool) -> None:
        self.note(at, "invalid_session", session_id=session, resumable=resumable)

    def _heard(self, at: float, session: str, shard: tuple[int, int], name: str) -> None:
        self.note(at, "dispatch", session_id=session, shard=list(shard), t=name, seq=1, connected=True)

    def _message(
        self,
        at: float,
        *,
        author: str,
        bot: bool,
        content: str,
        event: str = "MESSAGE_CREATE",
        id: str | None = None,  # noqa: A002 - as the record calls it
        channel: str = "2",
        guild: int | None = 0,
        reference: str | None = None,
        interaction: str | None = None,
        flags: int = 0,
    ) -> str:
        number = id or self._new()
        place = {} if guild is None else {"guild_id": str(guild)}
        self.note(
            at,
            "message",
            event=event,
            id=number,
            author_id=author,
            bot=bot,
            channel_id=channel,
            content=content,
            flags=flags,
            reference=reference,
            interaction_id=interaction,
            **place,
        )
        return number

    def _new(self) -> str:
        self._ids += 1
        return str(self._ids)
