"""Discord's wire without a library: REST by hand, and the gateway frame by frame."""

from __future__ import annotations

import asyncio
import contextlib
import json
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import aiohttp

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

INTENTS = 1 << 0 | 1 << 9 | 1 << 12 | 1 << 15
"""Guilds, messages in them, direct ones, and what they say."""
SECONDS = 10.0
"""No frame or answer takes longer than this."""


class Answer(NamedTuple):
    """What came back."""

    status: int
    body: Any
    headers: Mapping[str, str]


class Rest:
    """Asks as a bot does."""

    def __init__(self, session: aiohttp.ClientSession, base: str, token: str | None) -> None:
        self._session = session
        self.base = base
        self.token = token

    async def __call__(self, method: str, path: str, body: Any = None, **more: Any) -> Answer:
        headers = {"Authorization": f"Bot {self.token}"} if self.token else {}
        if body is not None:
            more["json"] = body
        async with self._session.request(
            method, self.base + path, headers=headers, timeout=aiohttp.ClientTimeout(SECONDS), **more
        ) as response:
            raw = await response.read()
            is_json = response.headers.get("Content-Type") == "application/json"
            return Answer(response.status, json.loads(raw) if is_json else raw or None, response.headers)


class Gateway:
    """One connection; ``async with Gateway(session, url) as gateway`` has read HELLO."""

    def __init__(
        self, session: aiohttp.ClientSession, url: str, *, compress: str | None = None, **query: str
    ) -> None:
        self._session = session
        self._url = url
        self._query = {"v": "10", "encoding": "json"} | query
        if compress:
            self._query["compress"] = compress
        self._stream = zlib.decompressobj() if compress else None
        self.ws: aiohttp.ClientWebSocketResponse
        self.hello: dict[str, Any] = {}
        self.seq = 0
        self.ready: dict[str, Any] = {}
        self.binary = 0

    async def __aenter__(self) -> Self:
        query = "&".join(f"{k}={v}" for k, v in self._query.items())
        self.ws = await self._session.ws_connect(f"{self._url}/?{query}", max_msg_size=0)
        with contextlib.suppress(Closed):  # closed() tells why
            self.hello = await self.receive()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.ws.close(code=1000)

    async def send(self, op: int, data: Any) -> None:
        await self.ws.send_str(json.dumps({"op": op, "d": data}))

    async def receive(self) -> dict[str, Any]:
        """Return the next payload. Raises Closed with the code if the connection ended."""
        message = await self.ws.receive(timeout=SECONDS)
        if message.type is aiohttp.WSMsgType.BINARY:
            self.binary += 1
            raw = self._stream.decompress(message.data) if self._stream else zlib.decompress(message.data)
        elif message.type is aiohttp.WSMsgType.TEXT:
            raw = message.data
        else:
            raise Closed(self.ws.close_code)
        payload: dict[str, Any] = json.loads(raw)
        self.seq = payload["s"] or self.seq
        return payload

    async def until(self, name: str) -> dict[str, Any]:
        """Return the data of the next event ``name``, passing over what comes before."""
        async with asyncio.timeout(SECONDS):
            while True:
                payload = await self.receive()
                if payload["t"] == name:
                    data: dict[str, Any] = payload["d"]
                    return data

    async def op(self, op: int) -> Any:
        """Return the data of the next payload with this opcode, passing over what comes before."""
        async with asyncio.timeout(SECONDS):
            while True:
                payload = await self.receive()
                if payload["op"] == op:
                    return payload["d"]

    async def identify(self, token: str, *, intents: int = INTENTS, **more: Any) -> None:
        """Send IDENTIFY."""
        await self.send(2, {"token": token, "intents": intents, "properties": {}, **more})

    async def begin(self, token: str, **more: Any) -> dict[str, Any]:
        """Identify and return READY."""
        await self.identify(token, **more)
        self.ready = await self.until("READY")
        return self.ready

    async def resume(self, token: str, session_id: str, seq: int) -> None:
        await self.send(6, {"token": token, "session_id": session_id, "seq": seq})

    async def closed(self) -> int | None:
        """Return the code that the connection ends with, passing over what comes before."""
        async with asyncio.timeout(SECONDS):
            while True:
                try:
                    await self.receive()
                except Closed as closed:
                    return closed.code


class Closed(Exception):
    """The connection has ended."""

    def __init__(self, code: int | None) -> None:
        super().__init__(f"closed with {code}")
        self.code = code
