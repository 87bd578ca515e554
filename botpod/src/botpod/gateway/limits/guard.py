"""Stops before Discord's edge bans the address: 10,000 invalid requests in ten minutes are too many."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from botpod.errors import Transient

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod.gateway.limits.observer import RestObserver
    from botpod.gateway.limits.targets import Target
    from botpod.state.restwindows import RestWindows
    from botpod.status import Status

log = logging.getLogger(__name__)

MOST = 10_000
"""Invalid requests (401, 403, 429 but for scope ``shared``) in ten minutes and address, by Discord."""
STOP_AT = 0.8
"""The part of them after which only interactions are answered: who waits for those would see nothing else."""
LOOK_SECONDS = 10.0
"""How often it is asked, while stopped, whether there is room again."""
TOPIC = "invalidRequests"


class InvalidRequests:
    """Counts with all processes of the bot, which may share one address; ``clock`` in seconds."""

    def __init__(
        self,
        windows: RestWindows,
        *,
        status: Status,
        observer: RestObserver,
        clock: Callable[[], float],
        most: int = MOST,
    ) -> None:
        self._windows = windows
        self._status = status
        self._observer = observer
        self._clock = clock
        self._most = most
        self._stopped = False
        self._look_at = float("-inf")
        self._banned_until: float | None = None

    async def check(self, target: Target) -> None:
        """Raise :class:`botpod.errors.Transient` where nothing may be sent now."""
        now = self._clock()
        if self._banned_until is not None:
            wait = self._banned_until - now
            if wait > 0:
                raise Transient(
                    f"Discord's edge refuses this address for another {wait:.0f} s.", retry_after=wait
                )
            self._banned_until = None
            self._status.note(TOPIC, None)
        if self._stopped and now >= self._look_at:
            self._look_at = now + LOOK_SECONDS
            self._judge(await self._windows.invalid(0))
        if self._stopped and not target.interaction:
            raise Transient(
                "Too many requests to Discord were refused; only interactions are answered for now.",
                retry_after=LOOK_SECONDS,
            )

    async def note(self) -> None:
        """Count an invalid request."""
        recent = await self._windows.invalid(1)
        self._observer.invalid(recent)
        self._judge(recent)

    def banned(self, seconds: float) -> None:
        """Take note that the edge refuses this address."""
        self._banned_until = self._clock() + seconds
        self._say(
            f"Discord's edge refuses this address for {seconds:.0f} s: too many were invalid, ours or"
            " those of another program behind the same address."
        )

    def _judge(self, recent: int) -> None:
        before, self._stopped = self._stopped, recent >= self._most * STOP_AT
        if self._stopped and not before:
            self._look_at = self._clock() + LOOK_SECONDS
            self._say(
                f"Discord refused {recent} requests in ten minutes (401, 403, 429) and bans an address at"
                f" {self._most}; until there are fewer only interactions are answered. Look for a token that"
                " was reset, or channels the bot may no longer write to."
            )
        elif before and not self._stopped:
            self._status.note(TOPIC, None)

    def _say(self, sentence: str) -> None:
        self._status.note(TOPIC, sentence)
        log.error("%s", sentence)
