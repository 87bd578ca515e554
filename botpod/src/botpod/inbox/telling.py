"""What was handled and Redis doesn't know yet: told soon, with what is taken next if that comes first.

Whoever inherits an event in between begins its answer again: its first message is the same one by its nonce.
"""

from __future__ import annotations

import asyncio
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod.inbox.port import Entry
    from botpod.inbox.redis import Handled, RedisInbox
    from botpod.state.reach import Reach

SOON_SECONDS = 0.05
MOST_AT_ONCE = 100
"""Events that are told of in one call."""
MOST_UNTOLD = 10_000
"""Events that were handled while Redis was away, and of which it is told afterwards; the oldest go first."""

LOSABLE_SECONDS = 10.0
"""What Redis was told in the last seconds it may not know when it is back.

A second of it where it was restarted, as the file is synced so often; where a replica took its place, as long
as that was behind: ten seconds are what Redis lets one be that counts.
"""


class Telling:
    """``reach`` says whether Redis is there; what it can't be told waits for the next :meth:`now`."""

    def __init__(self, redis: RedisInbox, *, reach: Reach, clock: Callable[[], float]) -> None:
        self._redis = redis
        self._reach = reach
        self._clock = clock
        self._untold: dict[str, Entry | None] = {}
        self._told: deque[tuple[float, str, Entry | None]] = deque(maxlen=MOST_UNTOLD)
        self._returned_at = reach.returned_at
        self._due: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    def soon(self, event: str, entry: Entry | None) -> None:
        """Have Redis told that ``event`` was handled."""
        self._untold[event] = entry
        while len(self._untold) > MOST_UNTOLD:
            self._untold.pop(next(iter(self._untold)))
        if self._due is None:
            self._due = asyncio.get_running_loop().call_later(SOON_SECONDS, self._begin)

    def _begin(self) -> None:
        self._due = None
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self.now(), name="tell what was handled")

    def again(self) -> None:
        """Have a Redis that has returned since told once more what it may have lost."""
        if self._reach.returned_at != self._returned_at:
            self._returned_at = self._reach.returned_at
            after = self._clock() - LOSABLE_SECONDS
            self._untold |= {event: entry for at, event, entry in self._told if at > after}

    async def now(self, *, calls: int | None = None) -> None:
        """Tell all that there is to tell, or what so many calls can."""
        while (told := self.some) and calls != 0:
            calls = None if calls is None else calls - 1
            if not await self._reach.do(lambda told=told: self._redis.settle(told)):  # type: ignore[misc]
                return
            self.told(told)

    @property
    def some(self) -> Handled:
        """What to tell next."""
        return dict(islice(self._untold.items(), MOST_AT_ONCE))

    def told(self, handled: Handled) -> None:
        """Take note that Redis knows of these."""
        for event, entry in handled.items():
            self._untold.pop(event, None)
            self._told.append((self._clock(), event, entry))
        if not self._untold and self._due is not None:
            self._due.cancel()
            self._due = None
