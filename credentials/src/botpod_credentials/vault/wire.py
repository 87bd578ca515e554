"""Requests to Vaults over HTTP: each ends at its deadline, reads no more than so much, and waits its turn.

A deadline covers all of a call, from the name's look-up to the last byte: a server that drips a byte now and
then is cut off, too. Each Vault has a share of its own, so that one that hangs holds up nobody else.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections import OrderedDict
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Literal, Protocol

import aiohttp
from yarl import URL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botpod_credentials.values import Hidden

CALL_SECONDS = 10.0
"""The most one call may take once it is its turn."""
TURN_SECONDS = 15.0
"""The most a call may wait for its turn and be answered, together."""
AT_ONCE = 8
"""Calls to one Vault side by side; the others wait, first come first served."""
MOST_BYTES = 2 * 1024 * 1024
"""What is read of an answer: Vault's own storage takes entries of 1 MiB, and JSON may double that."""
MOST_HEADERS, MOST_HEADER_BYTES = 64, 4096
MOST_VAULTS = 64
"""Vaults whose TLS settings are kept; there are as many as BotClasses have different ones."""

type Method = Literal["GET", "POST"]
type Why = Literal["slow", "unreachable", "untrusted", "bad-ca", "too-long"]


class Server(Protocol):
    """Where Vault is; ``ca_bundle`` (PEM) is trusted instead of the system's CAs, ``namespace`` is in it."""

    @property
    def address(self) -> str: ...  # noqa: D102 - the class says what they are
    @property
    def ca_bundle(self) -> str | None: ...  # noqa: D102
    @property
    def namespace(self) -> str | None: ...  # noqa: D102


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a Vault answered; ``content`` is its JSON object, empty where it isn't one."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: dict[str, Any] = field(repr=False)


class NoAnswer(Exception):
    """There is no answer to act on; ``why`` is for programs, and no text of the client's is in it."""

    def __init__(self, why: Why, *, seconds: float = 0.0) -> None:
        super().__init__(why)
        self.why = why
        self.seconds = seconds


@dataclass(slots=True)
class _Share:
    """One Vault's turns, and the TLS settings that it is trusted with."""

    tls: ssl.SSLContext | bool
    turns: asyncio.Semaphore


class Wire:
    """An HTTP client for all Vaults, without proxies, cookies or redirects; close it when done."""

    def __init__(
        self,
        *,
        call_seconds: float = CALL_SECONDS,
        turn_seconds: float = TURN_SECONDS,
        at_once: int = AT_ONCE,
    ) -> None:
        self._call_seconds = call_seconds
        self._turn_seconds = turn_seconds
        self._at_once = at_once
        self._shares: OrderedDict[tuple[str, str | None], _Share] = OrderedDict()
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()

    async def ask(
        self,
        server: Server,
        method: Method,
        path: str,
        *,
        token: Hidden | None = None,
        body: Mapping[str, str] | None = None,
    ) -> Answer:
        """Ask one question; a redirect is an answer like any other.

        Raises:
            NoAnswer: there is none, or none within the bounds.
        """
        try:
            share = self._share(server)
        except ssl.SSLError:
            raise NoAnswer("bad-ca") from None
        headers = {"X-Vault-Request": "true"}
        if server.namespace is not None:
            headers["X-Vault-Namespace"] = server.namespace
        if token is not None:
            headers["X-Vault-Token"] = token.reveal()
        try:
            async with asyncio.timeout(self._turn_seconds), share.turns:
                return await self._asked(share, method, server.address.rstrip("/") + path, headers, body)
        except TimeoutError:
            raise NoAnswer("slow", seconds=self._turn_seconds) from None

    async def _asked(
        self,
        share: _Share,
        method: Method,
        url: str,
        headers: dict[str, str],
        body: Mapping[str, str] | None,
    ) -> Answer:
        try:
            async with asyncio.timeout(self._call_seconds):
                try:
                    return await self._once(share, method, url, headers, body)
                except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
                    if isinstance(error, aiohttp.ClientConnectorError):
                        raise
                    # That a kept connection was closed shows only when it is used.
                    return await self._once(share, method, url, headers, body)
        except TimeoutError:
            raise NoAnswer("slow", seconds=self._call_seconds) from None
        except (aiohttp.ClientSSLError, ssl.SSLError):
            raise NoAnswer("untrusted") from None
        except (aiohttp.ClientError, OSError, ValueError):
            raise NoAnswer("unreachable") from None

    async def _once(
        self,
        share: _Share,
        method: Method,
        url: str,
        headers: dict[str, str],
        body: Mapping[str, str] | None,
    ) -> Answer:
        async with self._opened().request(
            method, URL(url, encoded=True), headers=headers, json=body, allow_redirects=False, ssl=share.tls
        ) as response:
            read = bytearray()
            async for piece in response.content.iter_any():
                read += piece
                if len(read) > MOST_BYTES:
                    response.close()
                    raise NoAnswer("too-long")
            return Answer(status=response.status, headers=response.headers, content=_object(bytes(read)))

    def _share(self, server: Server) -> _Share:
        key = (server.address, server.ca_bundle)
        share = self._shares.get(key)
        if share is None:
            tls = _trust(server.ca_bundle)
            share = self._shares[key] = _Share(tls, asyncio.Semaphore(self._at_once))
        self._shares.move_to_end(key)
        while len(self._shares) > MOST_VAULTS:
            self._shares.popitem(last=False)
        return share

    def _opened(self) -> aiohttp.ClientSession:
        # Made at the first question: a session belongs to the loop it is made in.
        if self._session is None:
            self._session = aiohttp.ClientSession(
                # The shares bound it: who waits for a connection would wait for another Vault's.
                connector=aiohttp.TCPConnector(limit=0),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                # Nothing is unpacked, so that what is read is what was sent.
                auto_decompress=False,
                headers={"Accept": "application/json", "Accept-Encoding": "identity"},
                max_headers=MOST_HEADERS,
                max_line_size=MOST_HEADER_BYTES,
                max_field_size=MOST_HEADER_BYTES,
                timeout=aiohttp.ClientTimeout(total=None),  # each call's own covers all of it
            )
        return self._session


def _trust(ca_bundle: str | None) -> ssl.SSLContext | bool:
    if ca_bundle is None:
        return True
    context = ssl.create_default_context(cadata=ca_bundle)
    # Many private CAs lack a key usage or key identifier; the chain is verified all the same.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


OUTAGES = frozenset(
    {
        HTTPStatus.NOT_IMPLEMENTED,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
"""What whoever asks this Vault next is answered, too: not initialised, sealed, or nothing behind a proxy."""
