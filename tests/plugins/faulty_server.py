"""A server that says what a test wants, or nothing, and keeps what it was sent."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import ssl

PIECE = 64 * 1024


class FaultyServer:
    """Answers each connection once it was sent anything, then closes it; the last answer serves the rest.

    With ``hold`` it is silent, connected, until it ends.
    """

    def __init__(
        self,
        *answers: bytes,
        hold: bool = False,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._answers = list(answers) or [b""]
        self.received: list[bytes] = []
        self.connections = 0
        self.asked = asyncio.Event()
        self.let_go = asyncio.Event()
        self._hold = hold
        self._tls = tls
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.let_go.set()
        assert self._server is not None
        self._server.close()
        self._server.close_clients()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        with contextlib.suppress(OSError):
            self.received.append(await reader.read(PIECE))
            self.asked.set()
            if self._hold:
                await self.let_go.wait()
            writer.write(answer)
            await writer.drain()
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def http(status: int, body: bytes = b"", *headers: str, length: int | None = None) -> bytes:
    """Return an HTTP answer; ``length`` says another than the body's."""
    lines = [
        f"HTTP/1.1 {status} Whatever",
        f"Content-Length: {len(body) if length is None else length}",
        "Content-Type: application/json",
        "Connection: close",
        *headers,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
