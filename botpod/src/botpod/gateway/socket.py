"""Opening and closing one gateway connection on nextcord's websocket."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any, NoReturn, override

import aiohttp
from nextcord.errors import ConnectionClosed
from nextcord.gateway import DiscordWebSocket, ReconnectWebSocket

from botpod.gateway.http import MAX_PAYLOAD

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from botpod.gateway.client import BotClient
    from botpod.inbox.watermark import Watermark
    from botpod.state.port import Session

OPEN_SECONDS = 30.0
ANSWER_SECONDS = 30.0
"""How long Discord may take to begin or resume a session, from the last event that it sent meanwhile."""
ACK_SECONDS = 10.0
"""For how much longer than the time between two heartbeats nothing may come: each is answered at once."""
CLOSE_SECONDS = 3.0
_END = b"\x00\x00\xff\xff"
_USUAL_BEAT_SECONDS = 41.25
_TERSE = 128
"""Characters; a payload that lacks a field is shorter."""
_OBJECTS = frozenset({"READY", "RESUMED"})
RESUMABLE, OVER = 4000, 1000
"""Close codes: one that leaves the session alive, as all but 1000 and 1001 do, and one that ends it."""


class TooLarge(ConnectionError):
    """An event is larger than any of Discord's."""


class _Websocket(DiscordWebSocket):
    """Tells Discord, in heartbeats and when resuming, of the last event that is safe."""

    watermark: Watermark | None = None
    event_at = 0.0
    """When the last event came, by the loop's clock."""

    @property
    def sequence(self) -> int | None:
        return (self.watermark.safe or None) if self.watermark else None

    @sequence.setter
    def sequence(self, received: int | None) -> None:
        self.event_at = self.loop.time()
        if self.watermark is not None and received is not None:
            self.watermark.arrive(received)

    @override
    async def received_message(self, msg: str | bytes, /) -> None:
        if isinstance(msg, bytes):
            self._buffer.extend(msg)
            if len(self._buffer) > MAX_PAYLOAD:
                raise TooLarge
            if not self._buffer.endswith(_END):
                return
            plain = self._zlib.decompress(self._buffer, MAX_PAYLOAD)
            if self._zlib.unconsumed_tail:
                raise TooLarge
            self._buffer = bytearray()
            msg = plain.decode("utf-8")
        await super().received_message(completed(msg))


def completed(msg: str) -> str:
    """Return a payload with all the fields that nextcord asks for: Discord documents some without.

    ``{"op": 11}`` is all of a heartbeat's answer, and RESUMED need say nothing.
    """
    if len(msg) > _TERSE:
        return msg
    payload = json.loads(msg)
    nothing: Any = {} if payload.get("t") in _OBJECTS else None
    for field, default in (("s", None), ("t", None), ("d", nothing)):
        if payload.get(field) is None:
            payload[field] = default
    return json.dumps(payload)


type Parsers = Mapping[str, Callable[[Any], None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a connection ended: its close code, None when it was cut, and whether op 9 ended the session."""

    code: int | None
    invalidated: bool
    detail: str


class Socket:
    """One connection, from opening to closing; not reusable."""

    def __init__(self, client: BotClient, *, shard: int, parsers: Parsers, watermark: Watermark) -> None:
        self._client = client
        self._shard = shard
        self._parsers = {**parsers, **{name: self._begins(parsers[name]) for name in _OBJECTS}}
        self._begun = False
        self._watermark = watermark
        self._ws: _Websocket | None = None
        self.over = False
        """Whether the session is to end with the connection."""

    def _create(self, socket: aiohttp.ClientWebSocketResponse, *, loop: asyncio.AbstractEventLoop) -> Any:
        # Kept from the first moment: nextcord forgets it, and its heartbeat, if the opening fails midway.
        self._ws = _Websocket(socket, loop=loop)
        self._ws.watermark = self._watermark
        return self._ws

    @property
    def latency(self) -> float:
        """Seconds that the last heartbeat took there and back; not finite before there was one."""
        return inf if self._ws is None else self._ws.latency

    async def run(self, url: str, session: Session | None) -> Ended:
        """Connect to ``url``, resume ``session`` or identify, and read until the end; always closes."""
        ws = None
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                ws = await DiscordWebSocket.from_client.__func__(  # type: ignore[attr-defined]
                    self._create,
                    self._client,
                    gateway=url,
                    format_gateway=True,
                    shard_id=self._shard,
                    session=session.id if session else None,
                    sequence=session.sequence if session else None,
                    resume=session is not None,
                )
            ws._discord_parsers = self._parsers  # noqa: SLF001 - READY can't have been read yet
            await self._read(ws)
        except ReconnectWebSocket as end:
            return self._ended(str(end.op), invalidated=not end.resume)
        except ConnectionClosed as end:
            return self._ended(str(end))
        except TimeoutError:
            if ws is None or self._begun:
                return self._ended("Discord fell silent" if ws else "Discord didn't open the connection")
            # What it doesn't answer once it seldom answers then; what was missed is asked for by REST.
            return self._ended("Discord didn't begin or resume the session", invalidated=True)
        except (OSError, aiohttp.ClientError) as end:
            return self._ended(f"{type(end).__name__}: {end}")
        finally:
            await self.close()

    async def _read(self, ws: _Websocket) -> NoReturn:
        """Read to the end. Raises TimeoutError: too long nothing came that should have."""
        clock = asyncio.get_running_loop().time
        keeps = ws._keep_alive  # noqa: SLF001 - made when Discord said how often it wants to hear from us
        beat = ((keeps and keeps.interval) or _USUAL_BEAT_SECONDS) + ACK_SECONDS
        ws.event_at = clock()
        async with asyncio.timeout(None) as limit:
            while True:
                silent = clock() + beat
                limit.reschedule(silent if self._begun else min(silent, ws.event_at + ANSWER_SECONDS))
                await ws.poll_event()
                self._watermark.read()

    def _begins(self, parse: Callable[[Any], None]) -> Callable[[Any], None]:
        def begun(data: Any) -> None:
            self._begun = True
            parse(data)

        return begun

    def _ended(self, detail: str, *, invalidated: bool = False) -> Ended:
        code = self._ws.socket.close_code if self._ws else None
        return Ended(code=code, invalidated=invalidated, detail=detail)

    async def close(self) -> None:
        """Close; waits a bounded time for the other side."""
        if self._ws is not None:
            with suppress(Exception):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self._ws.close(OVER if self.over else RESUMABLE)
