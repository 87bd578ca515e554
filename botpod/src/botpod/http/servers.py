"""The two listeners."""

from __future__ import annotations

import os
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Self

from botpod.errors import ConfigurationInvalid
from botpod_credentials.listening.listener import Listener

if TYPE_CHECKING:
    from types import TracebackType

    from aiohttp import web

_SHUTDOWN = 2.0


class Servers:
    """Listens while it is entered; a host of None means all addresses, a port of 0 any free one."""

    def __init__(
        self,
        public: web.Application,
        internal: web.Application,
        *,
        public_port: int,
        internal_port: int,
        public_host: str | None = None,
        internal_host: str | None = None,
    ) -> None:
        self._wanted = (
            (public, public_host, public_port, "publicPort"),
            (internal, internal_host, internal_port, "internalPort"),
        )
        self._stack = AsyncExitStack()
        self.ports: tuple[int, ...] = ()

    async def __aenter__(self) -> Self:
        """Listen; raises :class:`botpod.errors.ConfigurationInvalid` where a port can't be had."""
        try:
            self.ports = tuple([await self._listen(*wanted) for wanted in self._wanted])
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop listening, after a moment for those who are being answered."""
        await self._stack.aclose()

    async def _listen(self, application: web.Application, host: str | None, port: int, field: str) -> int:
        listener = Listener(application, shutdown_seconds=_SHUTDOWN)
        self._stack.push_async_callback(listener.close)
        try:
            return await listener.start(host, port)
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else type(error).__name__
            problem = f"server.{field} is {port}, which can't be listened on ({reason}); give another one."
            raise ConfigurationInvalid((problem,)) from None
