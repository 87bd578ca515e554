"""What a shard has heard, and how it gets what it has missed when a session was lost."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from botpod.errors import LeaseLost
from botpod.gateway.catchup import CatchUp, Lack
from botpod.gateway.missed import Heard

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod.gateway.catchup import Keep, Missed
    from botpod.gateway.gate import Gate
    from botpod.gateway.observer import Observer

log = logging.getLogger(__name__)


class Recovery:
    """One shard's; ``heard`` is what its earlier owner left, ``lost`` hears that another pod owns it."""

    def __init__(
        self,
        heard: int,
        *,
        missed: Missed,
        gate: Gate,
        keep: Keep,
        lost: Callable[[], None],
        random: Callable[[], float],
        observer: Observer,
    ) -> None:
        self._heard = Heard(heard)
        self._missed = missed
        self._gate = gate
        self._keep = keep
        self._lost = lost
        self._random = random
        self._observer = observer
        self._catch_up: CatchUp | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def heard(self) -> int:
        """The id of a message up to which nothing was missed; 0 where that isn't known."""
        return self._heard.up_to

    @property
    def behind(self) -> bool:
        """Whether something is still being asked for."""
        return self._heard.behind

    def message(self, message_id: int) -> None:
        """Note a message that came by itself."""
        self._heard.message(message_id)

    def begin(self, ready: Any, *, direct: bool, now: float) -> None:
        """A new session begins: ask in the background for what came before it.

        ``direct``: whether direct messages come to this shard. ``now`` is in seconds since 1970.
        """
        since = self._heard.begin(now=now)
        if since is None:
            return
        self.stop()
        guilds = frozenset(int(guild["id"]) for guild in ready.get("guilds", ()))
        self._catch_up = CatchUp(
            Lack(since=since, guilds=guilds, direct=direct),
            missed=self._missed,
            gate=self._gate,
            keep=self._keep,
            random=self._random,
            observer=self._observer,
        )
        self._task = asyncio.create_task(self._see_through(self._catch_up), name="catch up")

    async def _see_through(self, catch_up: CatchUp) -> None:
        try:
            await catch_up.run()
        except LeaseLost:
            self._lost()
        except Exception:
            log.exception("Catching up failed.")
        else:
            self._heard.caught_up()
        if self._catch_up is catch_up:
            self._catch_up = None

    def guild(self, data: Any) -> None:
        """Read a GUILD_CREATE."""
        if self._catch_up is not None:
            self._catch_up.guild(data)

    def stop(self) -> None:
        """Ask no more; what is still missing the next session asks for."""
        if self._task is not None:
            self._task.cancel()
        self._catch_up = None
