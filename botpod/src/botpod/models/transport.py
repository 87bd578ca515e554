"""The one way out to models' servers: what they send is bounded, and nothing but our own headers leaves.

The SDKs read variables of their own, for headers among others, and whatever a server sends. Imports httpx2:
import it where a model is configured only.
"""

from __future__ import annotations

import asyncio
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING, override

import httpx2
from httpcore2._async.http11 import AsyncHTTP11Connection

from botpod.models.bounds import MAX_ERROR, MAX_EVENT, Allowance, Excess, Framing, check_parts
from botpod.models.gathering import Gathered
from botpod.models.merging import merged
from botpod.models.whole import as_events, is_whole

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

_SENT = frozenset(
    {
        *("accept", "anthropic-beta", "anthropic-version", "connection", "content-length", "content-type"),
        *("transfer-encoding", "user-agent"),
    }
)
"""What a request carries beside its credential; ``Host`` and ``Accept-Encoding`` are written anew."""
_HELD_SECONDS = 0.005
"""How long the loop is held at most before others have their turn, between two events."""
_PIECE = 4096
"""Bytes that are looked at in one go: a thousand blank lines, or a bomb's first pages."""
_WINDOWS = {"gzip": zlib.MAX_WBITS | 16, "x-gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}
_DONE = b"data: [DONE]\n\n"
"""The end of a stream of chat completions. The SDK would leave its readers standing there."""
_END_SECONDS = 0.5
"""How long the end of a body is waited for behind the end of its stream."""
_ELSEWHERE = 3
"""The hundreds of a redirect's status."""
_FIRST_ERROR = 400
_READ = 8192
"""Bytes that are read at once. What comes before a body is parsed without a pause: 1,500 "103 Early Hints"
fit into the 64 KiB that are usual, and take 0.1 s."""


class Unacceptable(httpx2.ReadError, Excess):
    """What :class:`Excess` says, as a failure of the network that the SDKs know how to pass on."""


class BoundedTransport(httpx2.AsyncBaseTransport):
    """Sends through ``inner``, which it doesn't close; ``credential`` is the header that may hold one."""

    def __init__(self, inner: httpx2.AsyncBaseTransport, *, credential: str | None) -> None:
        self._inner = inner
        self._sent = _SENT | {credential} if credential else _SENT
        AsyncHTTP11Connection.READ_NUM_BYTES = _READ

    @override
    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        headers = [
            (name, value) for name, value in request.headers.raw if name.lower().decode() in self._sent
        ]
        request.headers = httpx2.Headers(
            [(b"Host", request.url.netloc), (b"Accept-Encoding", b"identity"), *headers]
        )
        response = await self._inner.handle_async_request(request)
        if response.status_code // 100 == _ELSEWHERE:
            await response.aclose()
            raise Unacceptable(f"It leads elsewhere ({response.status_code}), where no key of ours is sent.")
        encoding = response.headers.get("content-encoding", "").strip().lower() or "identity"
        kept = [
            (name, value)
            for name, value in response.headers.raw
            # Of cookies one jar would hold all servers', and for good.
            if name.lower() not in {b"content-encoding", b"content-length", b"set-cookie"}
        ]
        whole = is_whole(response.headers.get("content-type", ""), request.url.path)
        body = _Body(response, encoding, cut=response.status_code >= _FIRST_ERROR, whole=whole)
        return httpx2.Response(
            response.status_code, headers=kept, stream=body, extensions=response.extensions
        )


class _Body(httpx2.AsyncByteStream):
    """A response's body: whole events; of an error the beginning (``cut``); all of what isn't a stream."""

    def __init__(self, response: httpx2.Response, encoding: str, *, cut: bool, whole: bool) -> None:
        self._response = response
        self._encoding = encoding
        self._cut = cut
        self._whole = whole
        self._gathered: Gathered | None = None

    @override
    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._read():
                yield piece
        except Excess as error:
            raise Unacceptable(str(error)) from None

    def _read(self) -> AsyncIterator[bytes]:
        if self._cut:
            return self._beginning()
        return self._completion() if self._whole else self._events()

    async def _completion(self) -> AsyncIterator[bytes]:
        body = bytearray()
        async for piece in self._pieces(Allowance(MAX_EVENT)):
            body += piece
        check_parts(bytes(body))
        for event in as_events(bytes(body)):
            yield event

    async def _events(self) -> AsyncIterator[bytes]:
        self._gathered = Gathered(self._framed())
        async for group in self._gathered.groups():
            for event in merged(group):
                yield event

    async def _framed(self) -> AsyncIterator[bytes]:
        framing = Framing(allowance := Allowance())
        pieces = self._pieces(allowance)
        async for piece in pieces:
            for event in framing.feed(piece):
                if event == _DONE:
                    await _end(pieces)
                    return
                yield event
                await self._breathe()
        if rest := framing.finish():
            yield rest

    async def _beginning(self) -> AsyncIterator[bytes]:
        left = MAX_ERROR
        try:
            async for piece in self._pieces(Allowance()):
                yield piece[:left]
                left -= len(piece)
                if left <= 0:
                    return
        except Excess:
            # What counts of an error is its status, and that is known.
            return

    async def _pieces(self, allowance: Allowance) -> AsyncIterator[bytes]:
        self._turn = asyncio.get_running_loop().time()
        unpack = _Unpacker(self._encoding)
        async for chunk in self._response.stream:  # type: ignore[union-attr] # an asynchronous client's
            allowance.take(len(chunk))
            for piece in unpack(chunk):
                if self._encoding != "identity":
                    allowance.take(len(piece))
                yield piece
                await self._breathe()
            await self._breathe()

    async def _breathe(self) -> None:
        """Let others run, if they haven't for a while: what has arrived already is read without a wait."""
        loop = asyncio.get_running_loop()
        if loop.time() - self._turn >= _HELD_SECONDS:
            await asyncio.sleep(0)
            self._turn = loop.time()

    @override
    async def aclose(self) -> None:
        if self._gathered is not None:
            await self._gathered.close()
        await self._response.aclose()


async def _end(pieces: AsyncIterator[bytes]) -> None:
    """Read what is left, so that the connection can be used again; a server that goes on is left."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_END_SECONDS):
            async for _ in pieces:
                pass


class _Unpacker:
    """Gives a body's chunks in small pieces, decompressed where somebody compressed unasked."""

    def __init__(self, encoding: str) -> None:
        self._zlib = None
        if encoding != "identity":
            if encoding not in _WINDOWS:
                raise Excess("Its answer is compressed in a way that was not asked for.")
            self._zlib = zlib.decompressobj(_WINDOWS[encoding])

    def __call__(self, chunk: bytes) -> Iterator[bytes]:
        if self._zlib is None:
            yield from (chunk[start : start + _PIECE] for start in range(0, len(chunk), _PIECE))
            return
        while chunk:
            try:
                piece = self._zlib.decompress(chunk, _PIECE)
            except zlib.error:
                raise Excess("Its answer is compressed in a way that can't be read.") from None
            chunk = self._zlib.unconsumed_tail
            if not piece and not chunk:
                return
            yield piece
