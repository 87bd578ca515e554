"""One request at a time finds out whether Discord still refuses a token; all others wait for what it finds.

Discord bans an address that sends many requests with a refused token, and an answer each would be many.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botpod.errors import CredentialRefused
from botpod.gateway.policy import delay_before_retry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

PATIENCE_SECONDS = 270.0
"""How long an answer waits for a token that works."""


@dataclass(slots=True)
class _Refused:
    token: str | None
    error: CredentialRefused
    times: int = 0
    again_at: float = 0.0
    probing: bool = False


class Probe:
    """Lets calls pass while their token isn't known to be refused, else one now and then.

    ``token`` is the present one; ``told`` hears the refusal while there is one, and None once it is over.
    ``clock`` is the event loop's, in seconds.
    """

    def __init__(
        self,
        *,
        token: Callable[[], str | None],
        told: Callable[[CredentialRefused | None], None],
        random: Callable[[], float],
        clock: Callable[[], float],
    ) -> None:
        self._token = token
        self._told = told
        self._random = random
        self._clock = clock
        self._refused: _Refused | None = None
        self._changed = asyncio.Condition()

    @property
    def refused(self) -> bool:
        """Whether the present token is known to be refused."""
        return self._refused is not None and self._refused.token == self._token()

    async def news(self) -> None:
        """Look again: the token may be another one now."""
        async with self._changed:
            self._changed.notify_all()

    @asynccontextmanager
    async def passing(self, *, since: float) -> AsyncIterator[None]:
        """See :class:`botpod.gateway.rest.Token`; it is waited for :data:`PATIENCE_SECONDS`."""
        mine = await self._turn(since + PATIENCE_SECONDS)
        token = self._token()
        try:
            yield
        except CredentialRefused as error:
            await self._is_refused(token, error, probed=mine is not None)
            raise
        except BaseException:
            # It says nothing about the token: let another one find out.
            if mine is not None:
                mine.probing = False
                await self.news()
            raise
        if self._refused is not None and token == self._token():
            self._refused = None
            self._told(None)
            await self.news()

    async def _turn(self, patience: float) -> _Refused | None:
        """Wait for the turn; return what is to be found out about, None where nothing is."""
        async with self._changed:
            while (refused := self._refused) is not None and refused.token == self._token():
                now = self._clock()
                if now >= patience:
                    raise refused.error
                if now >= refused.again_at and not refused.probing:
                    refused.probing = True
                    return refused
                until = patience if refused.probing else min(refused.again_at, patience)
                with suppress(TimeoutError):
                    async with asyncio.timeout(until - now):
                        await self._changed.wait()
        return None

    async def _is_refused(self, token: str | None, error: CredentialRefused, *, probed: bool) -> None:
        known = self._refused
        if known is None or known.token != token:
            known = self._refused = _Refused(token, error)
        elif not probed:
            return  # sent before it was known
        known.times += 1
        known.probing = False
        known.again_at = self._clock() + delay_before_retry(known.times, random=self._random())
        self._told(error)
        await self.news()
