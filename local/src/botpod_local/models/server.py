"""The server: listeners for the vendors' protocols, and one for the control."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from aiohttp import web

from botpod_local.listening import listen, url_of
from botpod_local.models.control import Control
from botpod_local.models.control_http import control_application
from botpod_local.models.handlers import Handlers
from botpod_local.models.routes import vendor_application

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from botpod_local.listening import Listen
    from botpod_local.models.exchange import Observer

LOCAL = (("127.0.0.1", 0),)
SHUTDOWN_SECONDS = 1.0


class ModelsServer:
    """Speaks for OpenAI, Azure OpenAI and Anthropic while it is entered.

    ``listen`` and ``control_listen`` are (host, port) pairs, port 0 for any free one. ``first_token`` and
    ``between_tokens`` are the seconds that every answer takes, ``observer`` sees every exchange, ``clock``
    gives Unix seconds. Entering raises OSError where an address can't be had.
    """

    def __init__(
        self,
        *,
        listen: Sequence[Listen] = LOCAL,
        control_listen: Sequence[Listen] = LOCAL,
        first_token: float = 0.0,
        between_tokens: float = 0.0,
        observer: Observer | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.control = Control(observer=observer)
        self._listen = listen
        self._control_listen = control_listen
        self._handlers = Handlers(self.control, clock=clock, first=first_token, between=between_tokens)
        self._runners: list[web.AppRunner] = []
        self.addresses: list[Listen] = []
        self.control_addresses: list[Listen] = []

    async def __aenter__(self) -> Self:
        try:
            self.addresses = await self._start(vendor_application(self._handlers), self._listen)
            self.control_addresses = await self._start(
                control_application(self.control), self._control_listen
            )
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    async def _start(self, app: web.Application, wanted: Sequence[Listen]) -> list[Listen]:
        # A caller who leaves ends its handler, so that a stalled answer is recorded as cut at once.
        runner = web.AppRunner(
            app, handler_cancellation=True, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS
        )
        self._runners.append(runner)
        return await listen(runner, wanted)

    async def _stop(self) -> None:
        self.control.heal()
        while self._runners:
            await self._runners.pop().cleanup()

    @property
    def url(self) -> str:
        """The first listener's address."""
        return url_of(self.addresses[0])

    @property
    def openai_url(self) -> str:
        """What an OpenAI client takes as its base URL."""
        return f"{self.url}/v1"

    @property
    def azure_url(self) -> str:
        """What an Azure OpenAI client takes as its endpoint."""
        return self.url

    @property
    def anthropic_url(self) -> str:
        """What an Anthropic client takes as its base URL."""
        return self.url

    @property
    def control_url(self) -> str:
        """Where the control listens."""
        return url_of(self.control_addresses[0])
