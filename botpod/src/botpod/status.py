"""What this process is doing, in one place: whoever knows writes it here, ``http/`` shows it.

Nothing here does I/O or decides anything but "ready".
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


DEAF_SECONDS = 60.0
"""How long a shard that was connected may be without a connection before its pod isn't ready."""


class ShardState(StrEnum):
    """How a shard that this process owns stands with Discord."""

    WAITING = "waiting"
    """Its turn to begin a session has not come, or it is connecting for the first time."""
    CONNECTED = "connected"
    RECONNECTING = "reconnecting"
    """It was connected and will be again, by itself."""
    BLOCKED = "blocked"
    """Discord refused it; somebody must change something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardStatus:
    """One owned shard; ``since`` in seconds since the epoch, ``reason`` why it isn't connected."""

    state: ShardState
    since: float
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DependencyStatus:
    """Something this process needs; ``problem`` is None while it works."""

    problem: str | None
    since: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStarts:
    """How many sessions may still be begun, when Discord was last asked; it counts anew at ``until``."""

    remaining: int
    total: int
    until: float


@dataclass(slots=True)
class Status:
    """The state of the process; all times are ``clock``'s, seconds since the epoch."""

    clock: Callable[[], float] = time.time
    bot: str = ""
    delivery: str = "Gateway"
    started_at: float = field(init=False)
    started: bool = False
    """Everything is built, and the gateway has looked for shards once or interactions can be verified."""
    draining: bool = False
    muted: bool = False
    """Another set of shards serves until all of this process's are connected."""
    shard_count: int | None = None
    session_starts: SessionStarts | None = None
    shards: dict[int, ShardStatus] = field(default_factory=dict)
    latencies: dict[int, Callable[[], float]] = field(default_factory=dict)
    """Of owned shards: seconds of the last heartbeat, there and back; not finite before there was one."""
    dependencies: dict[str, DependencyStatus] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    """What a person should know though it works: by topic, one sentence each."""
    details: dict[str, Callable[[], Any]] = field(default_factory=dict)
    """More for ``/status``, asked for when somebody looks: by topic, JSON values."""

    def __post_init__(self) -> None:
        self.started_at = self.clock()

    def shard(self, number: int, state: ShardState, reason: str | None = None) -> None:
        """Record how shard ``number`` stands; the time moves only when the state does."""
        before = self.shards.get(number)
        since = before.since if before and before.state is state else self.clock()
        self.shards[number] = ShardStatus(state=state, since=since, reason=reason)

    def release(self, number: int) -> None:
        """Forget a shard that this process no longer owns."""
        self.shards.pop(number, None)
        self.latencies.pop(number, None)

    def dependency(self, name: str, problem: str | None = None) -> bool:
        """Record that ``name`` works, or what is wrong with it; return whether that is news."""
        before = self.dependencies.get(name)
        if before and before.problem == problem:
            return False
        self.dependencies[name] = DependencyStatus(problem=problem, since=self.clock())
        return before is not None or problem is not None

    def note(self, topic: str, sentence: str | None) -> bool:
        """Set or, with None, remove what a person should know about ``topic``; return whether it is news."""
        news = (topic in self.notes) is not (sentence is not None)
        if sentence is None:
            self.notes.pop(topic, None)
        else:
            self.notes[topic] = sentence
        return news

    @property
    def standby(self) -> bool:
        """Owns no shard and waits for one."""
        return self.started and self.delivery == "Gateway" and not self.shards

    def why_not_ready(self) -> str | None:
        """Say why this process can't serve, or None when it can.

        A shard that reconnects for a moment, and a dependency in trouble, leave it ready: taking pods out of
        service would help nobody. One that hears nothing for long serves nobody, and is not counted as if.
        """
        if self.draining:
            return "It is stopping."
        if not self.started:
            return "It is starting."
        if self.muted:
            return "Its shards take over from those of another count once all of them are connected."
        told = (self._why_not(number, shard) for number, shard in sorted(self.shards.items()))
        return next(filter(None, told), None)

    def _why_not(self, number: int, shard: ShardStatus) -> str | None:
        if shard.state is ShardState.BLOCKED:
            return f"Shard {number} is refused: {shard.reason}"
        if shard.state is ShardState.RECONNECTING and self.clock() - shard.since > DEAF_SECONDS:
            return f"Shard {number} has heard nothing for over {DEAF_SECONDS:.0f} s: {shard.reason}"
        if shard.state is ShardState.WAITING:
            return f"Shard {number} is not connected yet{f': {shard.reason}' if shard.reason else ''}."
        return None

    def snapshot(self) -> dict[str, Any]:
        """Return everything as JSON values, for ``/status``."""
        why_not = self.why_not_ready()
        return {
            "bot": self.bot,
            "delivery": self.delivery,
            "ready": why_not is None,
            "reason": why_not,
            "standby": self.standby,
            "draining": self.draining,
            "muted": self.muted,
            "uptimeSeconds": round(self.clock() - self.started_at, 3),
            "shardCount": self.shard_count,
            "sessionStarts": None if self.session_starts is None else asdict(self.session_starts),
            "shards": {
                str(number): {"state": shard.state.value, "since": shard.since, "reason": shard.reason}
                for number, shard in sorted(self.shards.items())
            },
            "dependencies": {
                name: {"ok": one.problem is None, "problem": one.problem, "since": one.since}
                for name, one in sorted(self.dependencies.items())
            },
            "notes": dict(self.notes),
            **{topic: ask() for topic, ask in self.details.items()},
        }
