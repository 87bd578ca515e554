"""What a shard needs of others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod.gateway.catchup import Missed
    from botpod.gateway.client import BotClient
    from botpod.gateway.events import EventReader
    from botpod.gateway.observer import Observer
    from botpod.inbox.port import Inbox
    from botpod.status import Status


class Turns(Protocol):
    """When a shard may begin a session, and where."""

    async def identify(self, shard: int, *, needed: bool) -> str:
        """Wait for the shard's turn; return the gateway's address.

        ``needed``: nobody else hears what is said in its guilds.
        """
        ...

    async def address(self) -> str:
        """Return the gateway's address, where sessions are resumed too."""
        ...


class StillOurs(Protocol):
    """Whether this process owns a shard."""

    async def __call__(self, number: int, *, since: float) -> bool:
        """Return whether it does, as was known after ``since``."""
        ...


class Token(Protocol):
    """The bot's token and its changes."""

    async def other_than(self, token: str | None) -> None:
        """Wait until the client uses a token other than ``token``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardTools:
    """What all shards of a process share; ``clock`` is monotonic, ``now`` since 1970, both in seconds.

    ``still_ours`` says whether a shard may connect whose last connection ended then, ``lost`` hears that one
    is not ours.
    """

    client: BotClient
    status: Status
    turns: Turns
    token: Token
    reader: EventReader
    missed: Missed
    inbox: Inbox
    still_ours: StillOurs
    lost: Callable[[int], None]
    observer: Observer
    random: Callable[[], float]
    clock: Callable[[], float]
    now: Callable[[], float]
