"""The hot state that pods share: small questions with quick answers.

None of these methods raises for trouble with the store: an implementation that can't reach it answers from
what this process knows, on the careful side, and reports the trouble.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence


MOST_DIRECT = 100
"""Direct channels that are remembered: those where somebody wrote last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether one more is allowed; ``notify`` once per run of refusals; ``retry_after`` in seconds."""

    allowed: bool
    notify: bool = False
    retry_after: float = 0.0


class RateWindows(Protocol):
    """Sliding windows."""

    async def hit(self, key: str, *, limit: int, window: float) -> Verdict:
        """Count one more under ``key`` if fewer than ``limit`` were in the last ``window`` seconds."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What it takes to RESUME a gateway session.

    ``heard`` is the id of a message up to which nothing was missed, 0 where that isn't known. A session that
    is ``over`` can't be resumed, or not everything before it is caught up: the next one begins there.
    ``seen`` is when somebody was last connected, in seconds since 1970. ``token`` is the digest of the token
    that it was begun with, empty where that isn't known.
    """

    id: str
    sequence: int
    resume_url: str
    shard_count: int
    heard: int = 0
    over: bool = False
    seen: float = 0.0
    token: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A shard that this pod owns; ``fence`` grows with every owner; ``session`` is the previous owner's."""

    shard: int
    fence: int
    session: Session | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Who lives and who owns what, at one moment; pods by name, free shards are missing from ``owners``."""

    pods: tuple[str, ...]
    owners: Mapping[int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """The set of shards that serves, by its count; ``ours_is_newer``: this pod's is to take its place."""

    count: int
    ours_is_newer: bool = False


class Shards(Protocol):
    """Which pod owns which shard."""

    @property
    def pod(self) -> str:
        """The name of this pod."""
        ...

    async def count(self, proposal: int) -> int:
        """Return the bot's shard count: the first ``proposal`` that was ever made."""
        ...

    def join(self, count: int) -> None:
        """Speak of the shards of that count from now on; those of another one are others."""
        ...

    async def serving(self, connected: Collection[int]) -> Serving | None:
        """Tell which shards are connected here; return which set serves, None if nobody knows."""
        ...

    async def view(self) -> View:
        """Say that this pod lives, and return who else does and who owns which shard."""
        ...

    async def acquire(self, shard: int) -> Lease | None:
        """Take a free shard; None when it isn't free, or when nothing may be claimed just now."""
        ...

    async def renew(self, leases: Sequence[Lease], sessions: Mapping[int, Session]) -> frozenset[int]:
        """Keep ``leases`` and store their sessions; return the shards that were lost to another pod."""
        ...

    async def release(self, lease: Lease, session: Session | None) -> None:
        """Give a shard up; ``session`` is for the next owner to resume."""
        ...

    async def leave(self) -> None:
        """Say that this pod is going, so that the others share out its part at once."""
        ...

    async def change(self, seconds: float) -> None:
        """Wait until another pod has given something up, but no longer than so many seconds."""
        ...


class IdentifyQueue(Protocol):
    """Who may begin a new session, and when."""

    async def turn(self, bucket: int, ticket: str, *, interval: float, take: bool) -> float:
        """Stand in ``bucket``'s line, first come, first served; return about how many seconds are left.

        0 where it is the ticket's turn; it is used up if the call is to ``take`` it, and the next one is
        ``interval`` later. A ticket has its place for as long as somebody asks for it again within
        :data:`botpod.state.line.PATIENCE_SECONDS`, whoever that is: a shard's next owner goes on waiting
        where the last one stood.
        """
        ...


class Locks(Protocol):
    """Work that one pod does for all."""

    async def lock(self, name: str, *, ttl: float) -> bool:
        """Take ``name`` for ``ttl`` seconds; False when another pod has it."""
        ...


class DirectChannels(Protocol):
    """Where people wrote in private: Discord doesn't tell a bot that."""

    async def wrote(self, channel: int) -> None:
        """Remember that somebody wrote there just now."""
        ...

    async def written(self) -> Sequence[int]:
        """Return where somebody wrote in the last days, a bounded number."""
        ...


class HotState(RateWindows, Shards, IdentifyQueue, Locks, DirectChannels, Protocol):
    """All of it."""

    async def advice(self) -> str | None:
        """Say what about the store's settings a person should change, or nothing."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
