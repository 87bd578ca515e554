"""Hands each new token to the client, in place."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from botpod.errors import Rejected
from botpod.gateway.policy import delay_before_retry

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod.errors import CredentialRefused
    from botpod.gateway.client import BotClient
    from botpod.status import Status

log = logging.getLogger(__name__)

MOST_REFUSALS = 9
"""An answer waits for a valid token for four minutes or five (1, 2, 4 … 60 s between the tries)."""


class TokenWatch:
    """``read`` returns the token as it is now, or raises :class:`botpod.errors.Rejected`."""

    def __init__(
        self, *, read: Callable[[], str], client: BotClient, status: Status, random: Callable[[], float]
    ) -> None:
        self._read = read
        self._random = random
        self._client = client
        self._status = status
        self._changed = asyncio.Condition()

    async def look(self) -> None:
        """Take up the token if it is another one."""
        try:
            token = self._read()
        except Rejected as error:
            if self._status.dependency("discordToken", str(error)):
                log.error("%s", error)  # noqa: TRY400 - it says all there is
            return
        self._status.dependency("discordToken")
        if token == self._client.token:
            return
        if self._client.token is not None:
            log.info("The Discord token has changed; using the new one from now on.")
        self._client.use_token(token)
        async with self._changed:
            self._changed.notify_all()

    async def refused(self, token: str | None, refusal: CredentialRefused, *, times: int) -> None:
        """See :class:`botpod.gateway.rest.Token`."""
        if times > MOST_REFUSALS:
            raise refusal
        problem = f"{refusal} Put a valid token into its place; it is taken up at once."
        if self._status.dependency("discord", problem):
            log.error("%s", problem)
        # It may have been refused by mistake: it is tried again, so rarely that Discord takes no offence.
        with suppress(TimeoutError):
            async with asyncio.timeout(delay_before_retry(times, random=self._random())):
                await self.other_than(token)
        self._status.dependency("discord")

    async def other_than(self, token: str | None) -> None:
        """See :class:`botpod.gateway.shard.Token`."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._client.token not in {token, None})
