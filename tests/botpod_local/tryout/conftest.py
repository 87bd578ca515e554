"""Tryouts with a home of their own; whatever becomes of a test, nothing of them is left."""

from __future__ import annotations

import os
import signal
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest_asyncio
from eventually import eventually_is
from tryouts import TryProcess, of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path


@pytest_asyncio.fixture(loop_scope="session")
async def tryout(tmp_path: Path) -> AsyncIterator[Callable[..., TryProcess]]:
    """Make tryouts; those of one test share a home."""
    home = tmp_path / "home"
    async with AsyncExitStack() as stack:

        def make(**more: Any) -> TryProcess:
            made = TryProcess(home, **more)
            stack.push_async_callback(made.kill)
            return made

        yield make
    try:
        await eventually_is(lambda: of(home), {}, seconds=20)
    finally:
        for pid in of(home):
            os.kill(pid, signal.SIGKILL)
