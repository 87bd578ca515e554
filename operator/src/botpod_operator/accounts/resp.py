"""A small client for Redis: logs in, sends commands, reads answers within bounds.

The client library takes 23 MiB for the four commands that are needed here.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import ssl

PORT = 6379
LONGEST = 8 * 1024 * 1024
"""Bytes of one answer: the names of a hundred thousand users."""

type Answer = str | int | list["Answer"] | None


class RedisRefused(Exception):
    """Redis answered with an error; only its code is kept, as its text may quote what was sent."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Connection:
    """One connection; every method may raise OSError, ValueError, EOFError and :class:`RedisRefused`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._left = LONGEST

    @classmethod
    async def open(cls, url: str, *, tls: ssl.SSLContext | None) -> Self:
        """Connect; without ``tls`` in the clear."""
        parts = urlsplit(url)
        if not parts.hostname:
            raise ValueError("no host")
        return cls(*await asyncio.open_connection(parts.hostname, parts.port or PORT, ssl=tls))

    async def close(self) -> None:
        """Close it at once."""
        self._writer.transport.abort()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    async def ask(self, *words: str) -> Answer:
        """Send a command and return its answer."""
        encoded = [word.encode() for word in words]
        self._writer.write(
            b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in encoded)
        )
        await self._writer.drain()
        self._left = LONGEST
        return await self._answer()

    async def _answer(self) -> Answer:
        line = (await self._reader.readuntil(b"\r\n"))[:-2]
        kind, text = line[:1], line[1:].decode()
        match kind:
            case b"+":
                return text
            case b"-":
                raise RedisRefused(text.partition(" ")[0])
            case b":":
                return int(text)
            case b"$":
                return await self._text(int(text))
            case b"*":
                self._spend(int(text))
                return [await self._answer() for _ in range(int(text))]
        raise ValueError("no answer of a Redis")

    async def _text(self, length: int) -> str | None:
        if length < 0:
            return None
        self._spend(length)
        return (await self._reader.readexactly(length + 2))[:-2].decode()

    def _spend(self, amount: int) -> None:
        self._left -= max(1, amount)
        if self._left < 0:
            raise ValueError("an answer that is too long")
