"""One WebSocket connection: reads what the client sends and does what each opcode means."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType

from botpod_local.discord.gateway.codes import (
    ENDED_BY_CLIENT,
    ENDED_BY_SERVER,
    FROM_CLIENTS,
    Close,
    Closing,
    Op,
)
from botpod_local.discord.gateway.identify import read_identify, read_resume
from botpod_local.discord.gateway.members import members_chunks
from botpod_local.discord.gateway.outbox import CLOSE_SECONDS
from botpod_local.discord.limits import Window

if TYPE_CHECKING:
    from aiohttp import web

    from botpod_local.discord.gateway.compression import Plain, ZlibStream
    from botpod_local.discord.gateway.hub import Hub
    from botpod_local.discord.gateway.network import Network
    from botpod_local.discord.gateway.outbox import Outbox
    from botpod_local.discord.gateway.session import Session
    from botpod_local.discord.record import Record
    from botpod_local.discord.settings import Settings
    from botpod_local.discord.world.world import World

LARGEST_PAYLOAD = 4096
"""Bytes that a client may send at once."""


class Connection:
    """The protocol of one connection; its session, once there is one, belongs to the hub."""

    def __init__(
        self,
        *,
        ws: web.WebSocketResponse,
        outbox: Outbox,
        network: Network,
        encoder: Plain | ZlibStream,
        world: World,
        hub: Hub,
        settings: Settings,
        record: Record,
        path: str,
        resume_url: str,
    ) -> None:
        self._ws = ws
        self.outbox = outbox
        self.network = network
        self._encoder = encoder
        self._world = world
        self._hub = hub
        self._settings = settings
        self._record = record
        self._path = path
        self._resume_url = resume_url
        self._arriving: asyncio.Queue[tuple[float, str | bytes | None]] = asyncio.Queue()
        self._sends = Window(settings.sends, settings.sends_seconds)
        self._last_beat = 0.0
        self._refused = False
        self._silent = False
        self.session: Session | None = None

    async def run(self) -> None:
        """Serve the connection until it ends."""
        loop = asyncio.get_running_loop()
        self._last_beat = loop.time()
        self._op(Op.HELLO, {"heartbeat_interval": self._settings.heartbeat_interval_ms, "_trace": []})
        writer, listener = asyncio.create_task(self.outbox.run()), asyncio.create_task(self._listen())
        tasks = [writer, listener, asyncio.create_task(self._read()), asyncio.create_task(self._watch())]
        try:
            # Whoever is done first ends the others: the writer after a close, the listener after the peer's.
            await asyncio.wait([writer, listener], return_when=asyncio.FIRST_COMPLETED)
            if self.outbox.closed_with is not None:
                # The close frame is out; hanging up before the peer has answered could lose it.
                await asyncio.wait([writer], timeout=CLOSE_SECONDS)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._gone()

    def _gone(self) -> None:
        by_server = self.outbox.closed_with is not None
        code = self.outbox.closed_with if by_server else self._ws.close_code
        self._record.count("closes")
        session = self.session
        self._record.add(
            "close",
            code=code,
            by="server" if by_server else "client",
            session_id=session.id if session else None,
            had_it=session is not None and session.line is self.outbox,
        )
        if session is not None:
            # Who misses heartbeats "will be forced to Resume", although the code for it tells to begin anew.
            ended = code in ENDED_BY_SERVER and not self._silent if by_server else code in ENDED_BY_CLIENT
            self._hub.leave(session, self.outbox, ended=ended)

    async def _watch(self) -> None:
        """Close what has fallen silent."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        while True:
            interval = self._settings.heartbeat_interval_ms / 1000
            deadline = self._last_beat + interval * self._settings.heartbeat_grace
            if self.session is None:
                deadline = min(deadline, began + self._settings.identify_seconds)
            if (wait := deadline - loop.time()) <= 0:
                self._record.count("zombies")
                self._silent = True
                self.outbox.shut(Close.SESSION_TIMED_OUT)
                # The server's own end of the connection is over, whether or not the client hears of it.
                self.network.flow()
                await asyncio.sleep(interval)
            await asyncio.sleep(max(wait, 0.01))

    async def _read(self) -> None:
        """Put what the client sends on its way, its end last."""
        try:
            async for message in self._ws:
                if message.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
                    break
                self._arriving.put_nowait((self.network.arrival(), message.data))
        finally:
            self._arriving.put_nowait((self.network.arrival(), None))

    async def _listen(self) -> None:
        """Take what arrives, until the client's end does."""
        while True:
            arrival, written = await self._arriving.get()
            await self.network.carry(arrival)
            if written is None:
                return
            self._take(written)

    def _take(self, written: str | bytes) -> None:
        if self._refused:
            return
        try:
            self._receive(written)
        except Closing as closing:
            self._refused = True
            self.outbox.shut(closing.code)

    def _receive(self, written: str | bytes) -> None:
        self._record.count("gateway_sends")
        if not self._sends.take(asyncio.get_running_loop().time()).allowed:
            raise Closing(Close.RATE_LIMITED)
        op, data = decode(written)
        self._record.add("received", op=op, session_id=self.session.id if self.session else None)
        match op:
            case Op.HEARTBEAT:
                self._last_beat = asyncio.get_running_loop().time()
                self._op(Op.HEARTBEAT_ACK, None)
            case Op.IDENTIFY:
                self._identify(data)
            case Op.RESUME:
                self._resume(data)
            case _ if op not in FROM_CLIENTS:
                raise Closing(Close.UNKNOWN_OPCODE)
            case _ if self.session is None:
                raise Closing(Close.NOT_AUTHENTICATED)
            case Op.REQUEST_MEMBERS:
                for chunk in members_chunks(self._world, self.session, data):
                    self._hub.tell(self.session, "GUILD_MEMBERS_CHUNK", chunk)

    def _identify(self, data: Any) -> None:
        if self.session is not None:
            raise Closing(Close.ALREADY_AUTHENTICATED)
        wish = read_identify(data)
        if wish.compress:
            self._encoder.compress_large = True
        self.session = self._hub.identify(wish, self.outbox, self._resume_url)
        if self.session is None:
            self._invalid(resumable=False)

    def _resume(self, data: Any) -> None:
        if self.session is not None:
            raise Closing(Close.ALREADY_AUTHENTICATED)
        if self._hub.ignore_resumes > 0:
            self._hub.ignore_resumes -= 1
            return
        self.session = self._hub.resume(read_resume(data), self.outbox, path=self._path)
        if self.session is None:
            self._invalid(resumable=False)

    def _invalid(self, *, resumable: bool) -> None:
        session_id = self.session.id if self.session else None
        self._record.count("invalid_sessions")
        self._record.add("invalid_session", session_id=session_id, resumable=resumable)
        self._op(Op.INVALID_SESSION, resumable)

    def _op(self, op: Op, data: Any) -> None:
        self.outbox.send(json.dumps({"t": None, "s": None, "op": int(op), "d": data}))

    def request_heartbeat(self) -> None:
        """Ask the client to send a heartbeat at once."""
        self._op(Op.HEARTBEAT, None)

    def reconnect(self) -> None:
        """Tell the client to reconnect and resume."""
        self._op(Op.RECONNECT, None)

    def invalidate(self, *, resumable: bool) -> None:
        """Tell the client that its session is invalid; unless ``resumable``, it ends here."""
        self._invalid(resumable=resumable)
        if not resumable and self.session is not None:
            self._hub.end(self.session)
            self.session.line = None
            self.session = None


def decode(written: str | bytes) -> tuple[int, Any]:
    """Return a client payload's opcode and data.

    Raises:
        Closing: 4002 if it is too large or not of its form.
    """
    raw = written.encode() if isinstance(written, str) else written
    if len(raw) > LARGEST_PAYLOAD:
        raise Closing(Close.DECODE_ERROR)
    try:
        payload = json.loads(raw)
    except ValueError:
        raise Closing(Close.DECODE_ERROR) from None
    match payload:
        case {"op": bool()}:
            raise Closing(Close.DECODE_ERROR)
        case {"op": int() as op}:
            return op, payload.get("d")
        case _:
            raise Closing(Close.DECODE_ERROR)
