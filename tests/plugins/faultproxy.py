"""A reverse proxy before a real API server that lets single calls go wrong, and watches fall silent."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import web
from faults import Call, Counting, Fault, Heard, bot_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

HELD_SECONDS = 60.0
"""The longest that a request without an answer is held."""
ANSWERED = ("Content-Type", "Retry-After")
HEADERS = ("Authorization", "Accept", "Content-Type", "User-Agent")


GONE = b'{"type": "ERROR", "object": {"kind": "Status", "code": 410, "reason": "Expired"}}\n'


class FaultProxy:
    """Passes requests on, records them, and goes wrong where it is armed."""

    def __init__(self, *, target: str, session: aiohttp.ClientSession) -> None:
        self._target = target
        self._session = session
        self._counting = Counting()
        self._armed: dict[tuple[str, Call], Fault] = {}
        self._streams: set[asyncio.Transport] = set()
        self._silent: dict[asyncio.Transport, float] = {}
        self._over = asyncio.Event()
        self._away: Fault | None = None
        self._expired = 0
        self.silences: list[float] = []
        """For how many seconds each watch that fell silent was kept."""
        self.record: list[Heard] = []
        self.met: dict[tuple[str, Call], Fault] = {}
        """The faults that were met, of those that were armed."""
        self.failed_at: dict[str, float] = {}
        """When a call of a bot went wrong for the first time."""
        self.holding: dict[str, float] = {}
        """Since when a bot's call is carried out and not answered, so that a kill comes right after it."""
        self.moved = 0.0
        """When something was last asked for but whether pods are there, which is asked time and again."""
        self.url = ""

    def arm(self, bot: str, call: Call, fault: Fault) -> None:
        """Have this very call of a bot go wrong, once."""
        self._armed[bot, call] = fault

    @property
    def watches(self) -> int:
        """How many watches are open and flow."""
        return len(self._streams - self._silent.keys())

    def writes(self) -> list[Heard]:
        """Return what could have written.

        A token's issue stores nothing, and a pod that never answers is touched time and again.
        """
        return [
            heard
            for heard in self.record
            if heard.method != "GET"
            and heard.bot
            and not heard.path.endswith("/token")
            and "/pods/" not in heard.path
        ]

    def cut_watches(self) -> None:
        """Cut the connection of every watch."""
        for transport in tuple(self._streams):
            transport.abort()

    def silence_watches(self) -> None:
        """Have no byte of the open watches arrive any more; their connections stay."""
        self._silent |= dict.fromkeys(self._streams, time.monotonic())

    def expire_watches(self, count: int) -> None:
        """Cut every watch, and have the next ``count`` of them told that what they know is too old."""
        self._expired = count
        self.cut_watches()

    @contextlib.contextmanager
    def away(self, fault: Fault = Fault.CUT) -> Iterator[None]:
        """Cut what is open, and let every call go wrong, until the block ends."""
        self._away = fault
        self.cut_watches()
        try:
            yield
        finally:
            self._away = None

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        body = await request.read()
        bot = bot_of(request.path, request.query, body)
        watches = request.query.get("watch") == "true"
        call = self._counting.call(bot, request.method, request.path) if bot else None
        heard = Heard(
            at=time.monotonic(),
            agent=request.headers.get("User-Agent", ""),
            method=request.method,
            path=request.path,
            watches=watches,
            bot=bot,
            call=call,
        )
        if not request.path.endswith("/pods"):
            self.moved = heard.at
        if self._away:
            self.record.append(heard)
            fault = self._away
            return _cut(request) if fault is Fault.CUT else _answer(fault)
        if watches:
            self.record.append(heard)
            if self._expired:
                self._expired -= 1
                return web.Response(body=GONE, content_type="application/json")
            return await self._watch(request)
        fault = self._armed.pop((bot, call), None) if bot and call else None
        if fault is None or bot is None or call is None:
            return await self._pass_on(request, body, heard)
        self.met[bot, call] = fault
        self.failed_at.setdefault(bot, heard.at)
        return await self._fail(request, body, heard, fault)

    async def _fail(
        self, request: web.Request, body: bytes, heard: Heard, fault: Fault
    ) -> web.StreamResponse:
        if fault.is_done:
            await self._pass_on(request, body, heard)
        else:
            self.record.append(heard)
        if fault.status is not None:
            return _answer(fault)
        if fault in {Fault.CUT, Fault.CUT_DONE}:
            return _cut(request)
        if fault is Fault.KILL and heard.bot:
            self.holding[heard.bot] = time.monotonic()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(HELD_SECONDS):
                await self._over.wait()
        return _cut(request)

    async def _pass_on(self, request: web.Request, body: bytes, heard: Heard) -> web.Response:
        async with self._session.request(
            request.method,
            f"{self._target}{request.raw_path}",
            data=body or None,
            headers=_headers(request),
            timeout=aiohttp.ClientTimeout(total=30),
        ) as answer:
            content = await answer.read()
        self.record.append(replace(heard, status=answer.status))
        kept = {
            name: answer.headers[name] for name in ("Content-Type", "Retry-After") if name in answer.headers
        }
        return web.Response(status=answer.status, body=content, headers=kept)

    async def _watch(self, request: web.Request) -> web.StreamResponse:
        transport = request.transport
        assert isinstance(transport, asyncio.Transport)
        self._streams.add(transport)
        try:
            async with self._session.get(
                f"{self._target}{request.raw_path}",
                headers=_headers(request),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=10),
            ) as answer:
                response = web.StreamResponse(
                    status=answer.status, headers={"Content-Type": answer.headers["Content-Type"]}
                )
                await response.prepare(request)
                async for data in answer.content.iter_any():
                    if transport not in self._silent:
                        await response.write(data)
                return response
        finally:
            self._streams.discard(transport)
            since = self._silent.pop(transport, None)
            if since is not None:
                self.silences.append(time.monotonic() - since)

    def end(self) -> None:
        """Let go of every request that is held."""
        self._over.set()
        self.cut_watches()


def _answer(fault: Fault) -> web.Response:
    return web.Response(status=fault.status or 500, body=fault.body, headers=fault.headers)


def _cut(request: web.Request) -> web.Response:
    transport = request.transport
    if isinstance(transport, asyncio.Transport):
        transport.abort()
    return web.Response(status=499)


def _headers(request: web.Request) -> dict[str, str]:
    return {name: request.headers[name] for name in HEADERS if name in request.headers}


@contextlib.asynccontextmanager
async def fault_proxy(*, target: str, ca: Path) -> AsyncIterator[FaultProxy]:
    """Run a proxy on loopback until the block ends; it speaks plain HTTP, as nobody else can listen there."""
    trust = ssl.create_default_context(cafile=str(ca))
    connector = aiohttp.TCPConnector(limit=0, ssl=trust)
    async with aiohttp.ClientSession(connector=connector, auto_decompress=True) as session:
        proxy = FaultProxy(target=target, session=session)
        app = web.Application(client_max_size=2**24)
        app.router.add_route("*", "/{path:.*}", proxy.handle)
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            proxy.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            yield proxy
        finally:
            proxy.end()
            await runner.cleanup()
