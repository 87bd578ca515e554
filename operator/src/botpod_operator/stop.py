"""Being told to end: by a first signal in order, by a second one or after too long at once."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT_SECONDS = 20.0
"""The most an orderly end may take: less than the pod's grace period, so that the exit code is ours."""
EXIT_NOT_IN_ORDER = 1
EXIT_LEADERSHIP_LOST = 3


class Stop:
    """Whether this process was told to end."""

    def __init__(self, *, end: Callable[[int], object] = os._exit) -> None:
        self._end = end
        self._told = asyncio.Event()
        self._limited = False

    def catch(self) -> None:
        """Let SIGTERM and SIGINT come here; again after somebody else took them."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._caught)

    async def wait(self) -> None:
        """Wait until this process is told to end."""
        await self._told.wait()

    def limit(self, seconds: float = LIMIT_SECONDS, *, code: int = EXIT_NOT_IN_ORDER) -> None:
        """End the process the hard way unless it has ended by itself in time; the first limit stays."""
        if self._limited:
            return
        self._limited = True
        # A thread, because what hangs may be the event loop.
        timer = threading.Timer(seconds, self._end, (code,))
        timer.daemon = True
        timer.start()

    def _caught(self) -> None:
        if self._told.is_set():
            self._end(EXIT_NOT_IN_ORDER)
        self._told.set()
        self.limit()
