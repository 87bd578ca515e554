"""A Vault that is slow, that drips, that never ends, or that echoes what it is sent."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable

DRIP_SECONDS = 0.05
"""Far below any time-out of a single read."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: str


@dataclass
class PlayedVault:
    """Answers on loopback with what ``says`` returns; drips it where ``drips``, for ever.

    ``under_way`` is how many connections it holds now, ``most`` the most it ever held.
    """

    says: Callable[[Asked], tuple[int, dict[str, str], bytes]]
    drips: Callable[[Asked], bool] = lambda _: False
    asked: list[Asked] = field(default_factory=list)
    under_way: int = 0
    most: int = 0
    _server: asyncio.Server | None = None
    _serving: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._begin, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self._server.close_clients()
        await self._server.wait_closed()
        for task in tuple(self._serving):
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                asked = await _request(reader)
                self.asked.append(asked)
                self.under_way += 1
                self.most = max(self.most, self.under_way)
                try:
                    if self.drips(asked):
                        await self._drip(writer)
                    else:
                        self._answer(writer, *self.says(asked))
                        await writer.drain()
                finally:
                    self.under_way -= 1
        writer.close()

    def _answer(
        self, writer: asyncio.StreamWriter, status: int, headers: dict[str, str], body: bytes
    ) -> None:
        lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    async def _drip(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(DRIP_SECONDS)


async def _request(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.strip().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    method, path, _ = first.split(" ", 2)
    return Asked(method=method, path=path, headers=headers, body=body.decode())


def said(content: object, status: int = 200, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Return an answer in JSON."""
    return status, headers, json.dumps(content).encode()


LOGIN = said({"auth": {"client_token": "t1", "lease_duration": 600, "renewable": False}})
METADATA = said(
    {"data": {"current_version": 1, "versions": {"1": {"created_time": "2026-01-01T00:00:00.000Z"}}}}
)


def healthy(asked: Asked) -> tuple[int, dict[str, str], bytes]:
    """Answer as a Vault does that has one entry of one version everywhere."""
    if asked.path.endswith("/login"):
        return LOGIN
    if "/metadata/" in asked.path:
        return METADATA
    return said({"data": {"data": {"discord-token": "token-1"}}})
