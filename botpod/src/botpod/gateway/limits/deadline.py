"""By when a call must be over: set by whoever makes it, asked by whoever sends, with nextcord in between."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

REST_SECONDS = 30.0
"""How long one call to Discord may take, waiting for rate limits included."""
_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


@contextmanager
def within(seconds: float) -> Iterator[float]:
    """Let what is called inside end within ``seconds``; gives the moment by the event loop's clock."""
    moment = asyncio.get_running_loop().time() + seconds
    token = _deadline.set(moment)
    try:
        yield moment
    finally:
        _deadline.reset(token)


def deadline() -> float:
    """Return by when the call under way must be over, by the event loop's clock."""
    moment = _deadline.get()
    return asyncio.get_running_loop().time() + REST_SECONDS if moment is None else moment
