"""Lets a session with a new token take the place of one with the old, before that one dies.

What becomes of a session whose token was reset isn't documented: it may die at once, or go on for as long as
its connection does. Of the latter nothing is lost if the next one is there first.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from botpod.errors import BotpodError
from botpod.gateway.policy import TOKEN_REFUSED, delay_before_retry

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from botpod.gateway.link import Link
    from botpod.gateway.shardtools import Token

log = logging.getLogger(__name__)

BOTH_SECONDS = 2.0
"""How long both are heard: what was on its way to the old one when the new one began is read there."""
SERVING_SECONDS = 30.0
"""The most that a new session takes."""


class Succession:
    """One shard's; ``turn`` waits for its IDENTIFY and returns where, ``begin`` connects there."""

    def __init__(
        self,
        *,
        token: Token,
        turn: Callable[[], Awaitable[str]],
        begin: Callable[[str], Link],
        random: Callable[[], float],
    ) -> None:
        self._token = token
        self._turn = turn
        self._begin = begin
        self._random = random

    async def run(self, link: Link) -> Link:
        """Return ``link`` when it has ended, or the last one that took its place."""
        links = [link]
        # Nor is it whether a session lives longer for being resumed with a new token.
        used, failures = None if link.stale else link.token, 0
        try:
            while (url := await links[0].meanwhile(self._next_turn(used, failures))) is not None:
                links.append(self._begin(url))
                if await self._serves(links[1]):
                    await links[0].meanwhile(asyncio.sleep(BOTH_SECONDS))
                    links.reverse()
                    used, failures = links[0].token, 0
                else:
                    ended, failures = links[1].ended, failures + 1
                    if ended is not None and ended.code == TOKEN_REFUSED:
                        used = links[1].token
                await links.pop().close(over=True)
            return links[0]
        finally:
            await asyncio.gather(*(one.close() for one in links))

    async def _next_turn(self, used: str | None, failures: int) -> str:
        while True:
            await self._token.other_than(used)
            await asyncio.sleep(delay_before_retry(failures, random=self._random()))
            try:
                return await self._turn()
            except BotpodError as error:
                failures += 1
                log.warning("The new token can't be used yet: %s", error)

    async def _serves(self, link: Link) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(SERVING_SECONDS):
                await link.meanwhile(link.serves.wait())
        return link.serves.is_set()
