"""When this process's event loop did nothing, as it was busy or wasn't let run."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

EVERY_SECONDS = 0.05
NOTED_SECONDS = 0.15


@dataclass(frozen=True, slots=True)
class Stall:
    """``seconds`` of nothing until ``at``."""

    at: float
    seconds: float


@contextlib.asynccontextmanager
async def stalls(now: Callable[[], float]) -> AsyncIterator[list[Stall]]:
    """Note all that are worth it while the block runs; ``now`` says when."""
    found: list[Stall] = []

    async def measure() -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + EVERY_SECONDS
            await asyncio.sleep(EVERY_SECONDS)
            if (late := loop.time() - due) > NOTED_SECONDS:
                found.append(Stall(now(), late))

    measuring = asyncio.create_task(measure())
    try:
        yield found
    finally:
        measuring.cancel()
