"""Waiting for what can't be awaited: another process's state, or what a wire shows."""

from __future__ import annotations

import asyncio
import inspect
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


async def eventually[T](
    look: Callable[[], T | Awaitable[T]], *, seconds: float = 10.0, every: float = 0.02
) -> T:
    """Return what ``look`` gives once that is true; fail after ``seconds`` with what it gave last."""
    seen: T | None = None
    try:
        async with asyncio.timeout(seconds):
            while True:
                found = look()
                seen = await found if inspect.isawaitable(found) else found
                if seen:
                    return seen
                await asyncio.sleep(every)
    except TimeoutError:
        raise AssertionError(f"not within {seconds} s; last seen: {seen!r}") from None


async def eventually_is[T](look: Callable[[], T], wanted: T, *, seconds: float = 10.0) -> None:
    """Wait until ``look`` gives ``wanted``; fail after ``seconds`` with the difference."""
    try:
        await eventually(lambda: look() == wanted, seconds=seconds)
    except AssertionError:
        raise AssertionError(f"after {seconds} s it is {look()!r}, not {wanted!r}") from None


def patiently[T](look: Callable[[], T], *, seconds: float = 60, every: float = 0.1) -> T:
    """Do as :func:`eventually` where there is no event loop."""
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < deadline, f"not within {seconds} s; last seen: {seen!r}"
        time.sleep(every)
    return seen
