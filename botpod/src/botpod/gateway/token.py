"""Hands each new token to the client, in place."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from botpod.errors import Rejected
from botpod.gateway.probing import Probe

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod.errors import CredentialRefused
    from botpod.gateway.client import BotClient
    from botpod.status import Status

log = logging.getLogger(__name__)


class TokenWatch:
    """``read`` returns the token as it is now, or raises :class:`botpod.errors.Rejected`."""

    def __init__(
        self, *, read: Callable[[], str], client: BotClient, status: Status, random: Callable[[], float]
    ) -> None:
        self._read = read
        self._client = client
        self._status = status
        self._changed = asyncio.Condition()
        self.probe = Probe(token=lambda: client.token, told=self._told, random=random, clock=client.loop.time)

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
        await self.probe.news()

    def _told(self, refusal: CredentialRefused | None) -> None:
        """Say that Discord refuses the token, or no longer."""
        if refusal is None:
            self._status.dependency("discord")
            return
        problem = f"{refusal} Put a valid token into its place; it is taken up at once."
        if self._status.dependency("discord", problem):
            log.error("%s", problem)

    async def other_than(self, token: str | None) -> None:
        """See :class:`botpod.gateway.shard.Token`."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._client.token not in {token, None})
