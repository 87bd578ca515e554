"""Sends an answer at the pace, and with the mishaps, that were ordered."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from botpod_local.models.exchange import Exchange
    from botpod_local.models.frames import Frame
    from botpod_local.models.trouble import Trouble

LONGEST_STALL = 600.0
"""Seconds after which a stalled answer is dropped even if nobody heals it."""


class Cut(Exception):
    """The connection is to be dropped here."""


class Healing(Protocol):
    """Anything that can be waited for while stalled."""

    async def healed(self) -> None:
        """Return once the trouble is over."""


class Pace:
    """Counts the pieces of one answer and waits, cuts or stalls where it was told to.

    ``first`` and ``between`` are seconds; ``sleep`` is asyncio's but for tests.
    """

    def __init__(
        self,
        trouble: Trouble,
        *,
        first: float,
        between: float,
        healing: Healing,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._trouble = trouble
        self._first = first + trouble.first_token
        self._between = between + trouble.between_tokens
        self._healing = healing
        self._sleep = sleep
        self._sent = 0

    async def before_piece(self) -> bool:
        """Wait for the next piece's time; returns whether an error is due in its place. Raises Cut."""
        await self._sleep(self._first if self._sent == 0 else self._between)
        if self._trouble.cut_after is not None and self._sent >= self._trouble.cut_after:
            raise Cut
        if self._trouble.stall_after == self._sent:
            try:
                async with asyncio.timeout(LONGEST_STALL):
                    await self._healing.healed()
            except TimeoutError as error:
                raise Cut from error
        due = self._trouble.error_after is not None and self._sent >= self._trouble.error_after
        self._sent += 1
        return due


async def stream(
    request: web.Request, frames: Iterable[Frame], *, pace: Pace, broken: Frame, exchange: Exchange
) -> web.StreamResponse:
    """Send ``frames`` as server-sent events; where an error is due, ``broken`` ends them. Raises Cut."""
    exchange.status = 200
    response = web.StreamResponse(
        headers={"content-type": "text/event-stream; charset=utf-8", **STREAM_HEADERS}
    )
    exchange.answer_headers = dict(response.headers)
    await response.prepare(request)
    for frame in frames:
        failing = frame.piece and await pace.before_piece()
        sent = broken if failing else frame
        await response.write(sent.encode())
        if not isinstance(sent.data, str):
            exchange.events.append(sent.data)
        if failing:
            break
    await response.write_eof()
    return response


STREAM_HEADERS = {"cache-control": "no-cache"}
