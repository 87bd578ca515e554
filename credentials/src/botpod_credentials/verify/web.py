"""One GET to a service: bounded in time and size, never led elsewhere, and no exception comes out of it."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import aiohttp

from botpod_credentials.verify.troubles import (
    BROKEN_OFF,
    NO_NAME,
    NOT_REACHED,
    NOT_TRUSTED,
    UNREADABLE,
    words,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

QUESTION_SECONDS = 5.0
"""The vendors answer these questions in well under a second; who needs longer is asked again later."""
MOST_BYTES = 64 * 1024
"""What is read of an answer; a vendor's list of models has some 20 KiB."""
MOST_HEADERS = 64
"""Lines of a head; vendors send some 30, of 8 KiB at most each."""

_WORDS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    ((aiohttp.ClientSSLError, ssl.SSLError), NOT_TRUSTED),
    (aiohttp.ClientConnectorDNSError, NO_NAME),
    (aiohttp.InvalidURL, UNREADABLE),
    (aiohttp.ClientConnectorError, NOT_REACHED),
    ((aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError, aiohttp.ClientOSError), BROKEN_OFF),
    (aiohttp.ClientError, "its answer isn't HTTP"),
)
"""The first that fits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What a service answered; ``whole`` is False where it had more to say than is read."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why there is no answer, in our own words: a library's text may quote the request."""

    words: str


class Web:
    """An HTTP client without proxies, cookies, redirects or kept connections.

    ``tls`` replaces the system's CAs.
    """

    def __init__(self, *, tls: ssl.SSLContext | None = None, seconds: float = QUESTION_SECONDS) -> None:
        self._tls = tls
        self._seconds = seconds
        self._session: aiohttp.ClientSession | None = None

    async def get(self, url: str, headers: Mapping[str, str]) -> Response | Trouble:
        """Ask ``url``; a redirect is an answer like any other."""
        try:
            async with (
                asyncio.timeout(self._seconds),
                self._opened().get(url, headers=headers, allow_redirects=False) as response,
            ):
                body, whole = await _first(response.content)
                return Response(status=response.status, headers=response.headers, body=body, whole=whole)
        except Exception as error:  # noqa: BLE001 - no library's exception may leave: its text may hold a value
            return Trouble(self._words(error))

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()

    def _opened(self) -> aiohttp.ClientSession:
        # Made at the first question: a session belongs to the loop it is made in.
        if self._session is None:
            # Questions are rare: a kept connection would only be closed by the other side.
            connector = aiohttp.TCPConnector(
                limit=0, force_close=True, use_dns_cache=False, ssl=self._tls or True
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                # Nothing is unpacked, so that what is read is what was sent.
                auto_decompress=False,
                max_headers=MOST_HEADERS,
                headers={"Accept": "application/json", "Accept-Encoding": "identity"},
                timeout=aiohttp.ClientTimeout(
                    total=None
                ),  # the time-out around each question covers all of it,
            )
        return self._session

    def _words(self, error: Exception) -> str:
        # The client's own time-outs are client errors too.
        if not isinstance(error, TimeoutError):
            for kinds, text in _WORDS:
                if isinstance(error, kinds):
                    return text
        return words(error, seconds=self._seconds)


async def _first(content: aiohttp.StreamReader) -> tuple[bytes, bool]:
    """Return the beginning of a body, and whether that was all."""
    read = bytearray()
    async for chunk in content.iter_any():
        read += chunk
        if len(read) > MOST_BYTES:
            return bytes(read[:MOST_BYTES]), False
    return bytes(read), True
