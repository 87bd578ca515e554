"""Calls side by side, none of which goes on alone after another one failed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from botpod_operator.errors import Transient

if TYPE_CHECKING:
    from collections.abc import Awaitable


async def together(*calls: Awaitable[object]) -> None:
    """Wait for all calls; raise what one of them raised, whoever has to wait longest first.

    ``asyncio.gather`` raises at once, and what it leaves running would write beside the next look at the bot.
    """
    ended = await asyncio.gather(*calls, return_exceptions=True)
    errors = [outcome for outcome in ended if isinstance(outcome, BaseException)]
    if errors:
        raise max(errors, key=_wait)


def _wait(error: BaseException) -> float:
    return (error.retry_after or 0.0) if isinstance(error, Transient) else 0.0
