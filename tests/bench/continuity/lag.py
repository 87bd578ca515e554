"""For how long this process's event loop did nothing, as it was busy or wasn't let run."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

EVERY_SECONDS = 0.05


@dataclass
class Lag:
    """``longest`` in seconds."""

    longest: float = 0.0


@contextlib.asynccontextmanager
async def measured_lag() -> AsyncIterator[Lag]:
    """Measure while the block runs."""
    lag = Lag()

    async def measure() -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + EVERY_SECONDS
            await asyncio.sleep(EVERY_SECONDS)
            lag.longest = max(lag.longest, loop.time() - due)

    measuring = asyncio.create_task(measure())
    try:
        yield lag
    finally:
        measuring.cancel()
