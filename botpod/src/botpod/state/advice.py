"""What a person should change about the settings of the store, looked at while the bot runs."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from botpod.status import Status

log = logging.getLogger(__name__)

EVERY_SECONDS = 60.0
"""Settings are mended while bots run, and the server that takes over from another has others."""


class Advised(Protocol):
    """A store that knows its settings."""

    async def advice(self) -> str | None:
        """Say what a person should change, or nothing, also where it doesn't tell."""
        ...


async def advise(state: Advised, status: Status) -> None:
    """Keep the note ``redis`` of ``status`` up to date; never returns."""
    while True:
        advice = await state.advice()
        redis = status.dependencies.get("redis")
        # One that is away says nothing of its settings.
        if (redis is None or redis.problem is None) and status.note("redis", advice) and advice is not None:
            log.warning("%s", advice)
        await asyncio.sleep(EVERY_SECONDS)
