"""One gateway session: its numbered events, and what is kept for RESUME. No I/O."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from botpod_local.discord.world.records import Application

type Frame = tuple[int, str]
"""A sequence number and the payload's JSON text."""


class Line(Protocol):
    """A connection as a session sees it."""

    def send(self, text: str) -> None:
        """Queue a payload's JSON text; never blocks."""
        ...  # pragma: no cover

    def shut(self, code: int) -> None:
        """Queue a close with ``code`` behind what is queued."""
        ...  # pragma: no cover


@dataclass(slots=True, kw_only=True, eq=False)
class Session:
    """What IDENTIFY began.

    Attributes:
        line: the connection that has it now; None while it can only be resumed.
        left_at: since when it has none.
    """

    id: str
    application: Application
    token: str
    shard: tuple[int, int]
    intents: int
    large_threshold: int
    keep: int
    seq: int = 0
    line: Line | None = None
    left_at: float | None = None
    frames: deque[Frame] = field(init=False)

    def __post_init__(self) -> None:
        self.frames = deque(maxlen=self.keep)

    def dispatch(self, name: str, raw: str) -> int:
        """Number an event, keep it, send it if somebody is there; ``raw`` is the data's JSON text."""
        self.seq += 1
        text = f'{{"t":"{name}","s":{self.seq},"op":0,"d":{raw}}}'
        self.frames.append((self.seq, text))
        if self.line is not None:
            self.line.send(text)
        return self.seq

    def missed(self, seq: int) -> list[str] | None:
        """Return the payloads after ``seq``; None if some of them are no longer kept."""
        if seq < self.seq and (not self.frames or self.frames[0][0] > seq + 1):
            return None
        return [text for number, text in self.frames if number > seq]

    def has_guild(self, guild_id: int) -> bool:
        """Say whether a guild lies on this session's shard."""
        return (guild_id >> 22) % self.shard[1] == self.shard[0]

    @property
    def is_first_shard(self) -> bool:
        """Whether direct messages arrive here."""
        return self.shard[0] == 0
