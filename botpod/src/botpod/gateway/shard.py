"""One shard that this process owns: connected, and connected again, for as long as it is owned."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from botpod.errors import CredentialRefused, Rejected, Transient
from botpod.gateway.gate import Gate
from botpod.gateway.link import Link
from botpod.gateway.policy import Next, after_close, delay_before_retry, resumed_elsewhere
from botpod.gateway.recovery import Recovery
from botpod.gateway.socket import Ended, Socket
from botpod.gateway.succession import Succession
from botpod.inbox.taker import Taker, TooMany
from botpod.inbox.watermark import Watermark
from botpod.state.port import Session
from botpod.status import ShardState

if TYPE_CHECKING:
    from botpod.gateway.shardtools import ShardTools
    from botpod.state.port import Lease

log = logging.getLogger(__name__)

WRITE_SECONDS = 2.0
"""The most that a write to the inbox takes."""
CHANGES = ("MESSAGE_UPDATE", "MESSAGE_DELETE", "MESSAGE_DELETE_BULK", "CHANNEL_DELETE", "THREAD_DELETE")
"""Events after which what was said isn't what it was."""
STEADY_SECONDS = 5.0
"""A connection that lasted so long had nothing wrong with it: the next one begins without a pause."""


class Shard:
    """Runs until cancelled; ``session`` then is what the next owner needs."""

    def __init__(self, lease: Lease, tools: ShardTools, *, muted: bool = False) -> None:
        self._number = lease.shard
        self._tools = tools
        self._session = lease.session
        if lease.session and lease.session.shard_count != tools.client.shard_count:
            self._over()
        self._watermark = Watermark(lease.session.sequence if lease.session else 0)
        self._gate = Gate(tools.reader, muted=muted)
        self._taker = Taker(
            lease, inbox=tools.inbox, reader=self._gate, session=self._session_after, lost=tools.lost
        )
        self._recovery = Recovery(
            lease.session.heard if lease.session else 0,
            missed=tools.missed,
            gate=self._gate,
            keep=lambda missed: self._taker.keep(missed, self._watermark),
            lost=lambda: tools.lost(lease.shard),
            random=tools.random,
            observer=tools.observer,
        )
        self._succession = Succession(
            token=tools.token,
            turn=self._successors_turn,
            begin=lambda url: self._link(url, None),
            random=tools.random,
        )
        self._unheard_since = lease.session.seen or None if lease.session else None
        self._failures = 0
        self._connected_at: float | None = None
        self._ended_at = float("-inf")
        # At once, not when its task first runs: a shard that is owned is never unknown.
        tools.status.shard(lease.shard, ShardState.WAITING)

    @property
    def session(self) -> Session | None:
        """What it takes to go on after the last event that is safe; None where there never was a session."""
        return self._session_at(self._watermark.safe)

    def _session_after(self, watermark: Watermark, sequence: int) -> Session | None:
        # What the last session still brought says nothing of the one that took its place.
        return self._session_at(sequence if watermark is self._watermark else self._watermark.safe)

    def _session_at(self, sequence: int) -> Session | None:
        session = self._session
        if session is None:
            return None
        # Whoever takes over while this one is behind is told of the guilds, and where to ask, by a new one.
        over = session.over or self._recovery.behind
        seen = self._unheard_since or self._tools.now()
        return replace(session, sequence=sequence, heard=self._recovery.heard, over=over, seen=seen)

    def unmute(self) -> None:
        """Serve from now on."""
        self._gate.unmute()

    async def adopt(self, count: int) -> None:
        """Take over what the shards of another set left unhandled."""
        await self._taker.adopt(count)

    async def _identify_turn(self) -> str:
        return await self._tools.turns.identify(self._number, needed=not self._gate.muted)

    async def _successors_turn(self) -> str:
        while True:
            began = self._tools.clock()
            url = await self._tools.turns.identify(self._number, needed=False)
            # Of a shard that isn't ours any more this task is about to end: no session is begun for it.
            if await self._tools.still_ours(self._number, since=began):
                return url

    @property
    def _resumable(self) -> Session | None:
        session = self._session
        return None if session is None or session.over else replace(session, sequence=self._watermark.safe)

    def _over(self) -> None:
        if self._session is not None:
            self._session = replace(self._session, over=True)

    async def run(self) -> None:
        """Stay connected; returns only when nothing that this process can do helps."""
        taking = asyncio.create_task(self._taker.run(), name=f"take {self._number}")
        try:
            # Before anything new: people are answered in the order in which they wrote.
            await self._taker.leftovers()
            await self._stay_connected()
        finally:
            self._taker.stop()
            # What is being written is written: the next owner begins after it.
            await asyncio.wait({taking}, timeout=WRITE_SECONDS)
            taking.cancel()
            self._recovery.stop()

    async def _stay_connected(self) -> None:
        tools = self._tools
        while True:
            token, privileged = tools.client.token, tools.client.privileged
            try:
                link = await self._connect_once()
            except CredentialRefused as error:
                await self._new_token(token, str(error))
                continue
            except (Transient, Rejected) as error:
                ended = Ended(code=None, invalidated=False, detail=str(error))
            else:
                if link is None or link.ended is None:
                    return
                ended, token, privileged = link.ended, link.token, link.privileged
            if not await self._after(ended, token, privileged=privileged):
                return

    async def _connect_once(self) -> Link | None:
        """Return the connection that ended; None where there was none, as the shard is another pod's."""
        tools = self._tools
        self._connected_at = None
        # Or this connection is sent once more what waits from the one before.
        await self._taker.flush()
        session = self._resumable
        url = await self._where(session)
        if not await tools.still_ours(self._number, since=self._ended_at):
            return None
        return await self._succession.run(self._link(url, session))

    async def _where(self, session: Session | None) -> str:
        if session is None:
            return await self._identify_turn()
        return await self._tools.turns.address() if resumed_elsewhere(self._failures) else session.resume_url

    def _link(self, url: str, session: Session | None) -> Link:
        """Connect, to resume ``session`` or to begin one."""
        watermark = self._watermark if session else Watermark()
        uses = self._tools.client.token_digest
        stale = session is not None and session.token not in {"", uses}

        def serves() -> None:
            self._tools.status.latencies[self._number] = lambda: socket.latency
            link.serves.set()
            self._connected()

        def ready(data: Any) -> None:
            self._watermark = watermark
            self._ready(data, uses)
            serves()

        socket = Socket(
            self._tools.client,
            shard=self._number,
            parsers={
                "READY": ready,
                "RESUMED": lambda _: serves(),
                "GUILD_CREATE": self._guild,
                "MESSAGE_CREATE": lambda data: self._event("MESSAGE_CREATE", data, watermark),
                "INTERACTION_CREATE": lambda data: self._event("INTERACTION_CREATE", data, watermark),
                **{name: partial(self._tools.reader.changed, name) for name in CHANGES},
            },
            watermark=watermark,
        )
        link = Link(self._tools.client, socket, self._read(socket, url, session), stale=stale)
        return link

    async def _read(self, socket: Socket, url: str, session: Session | None) -> Ended:
        try:
            return await socket.run(url, session)
        except TooMany:
            log.warning(
                "Too many events wait; Discord is asked for them later.", extra={"shard": self._number}
            )
            return Ended(code=None, invalidated=False, detail="too many events wait")
        except Exception as error:
            # Discord sent what nextcord can't read: a shard that ended for it would stay owned, and deaf.
            log.exception("A connection failed in a way of its own.", extra={"shard": self._number})
            return Ended(code=None, invalidated=False, detail=f"{type(error).__name__}: {error}")

    def _event(self, name: str, data: Any, watermark: Watermark) -> None:
        wanted = self._tools.reader.read(name, data)
        if name == "MESSAGE_CREATE":
            self._recovery.message(int(data["id"]))
            self._tools.reader.changed(name, data)
        if wanted is None:
            return
        place = wanted.routed.event.place
        if name == "MESSAGE_CREATE" and place.guild_id is None:
            self._tools.missed.wrote(place.channel_id)
        self._taker.offer(wanted, watermark)

    def _guild(self, data: Any) -> None:
        self._tools.reader.guild(data)
        self._recovery.guild(data)

    def _ready(self, data: Any, begun_with: str) -> None:
        self._session = Session(
            id=data["session_id"],
            sequence=0,
            resume_url=data["resume_gateway_url"],
            shard_count=self._tools.client.shard_count or 1,
            token=begun_with,
        )
        self._recovery.begin(data, direct=self._number == 0, now=self._tools.now())

    def _connected(self) -> None:
        self._connected_at = self._tools.clock()
        if self._unheard_since is not None:
            self._tools.observer.gap(max(0.0, self._tools.now() - self._unheard_since))
            self._unheard_since = None
        self._tools.status.shard(self._number, ShardState.CONNECTED)
        log.info("A shard is connected.", extra={"shard": self._number})

    async def _after(self, ended: Ended, token: str | None, *, privileged: bool) -> bool:
        tools = self._tools
        decision = after_close(
            ended.code,
            invalidated=ended.invalidated,
            has_session=self._resumable is not None,
            privileged=privileged,
        )
        self._ended_at = tools.clock()
        self._unheard_since = self._unheard_since or tools.now()
        tools.observer.connection_ended(decision.next)
        log.info(
            "A gateway connection ended.",
            extra={
                "shard": self._number,
                "code": ended.code,
                "detail": ended.detail,
                "next": decision.next.value,
            },
        )
        if decision.next is not Next.RESUME:
            self._over()
        match decision.next:
            case Next.STOP:
                tools.status.shard(self._number, ShardState.BLOCKED, decision.reason)
                log.error("A shard is refused: %s", decision.reason, extra={"shard": self._number})
                return False
            case Next.NEW_TOKEN:
                await self._new_token(token, decision.reason)
            case Next.FEWER_INTENTS:
                tools.client.drop_privileged()
                tools.status.note("messageContent", decision.reason)
                log.warning("%s", decision.reason)
            case Next.RESUME | Next.IDENTIFY:
                await self._pause(ended.detail)
        return True

    async def _pause(self, reason: str) -> None:
        tools = self._tools
        known = tools.status.shards.get(self._number)
        first = known is None or known.state in {ShardState.WAITING, ShardState.BLOCKED}
        tools.status.shard(self._number, ShardState.WAITING if first else ShardState.RECONNECTING, reason)
        if self._connected_at is not None and tools.clock() - self._connected_at >= STEADY_SECONDS:
            self._failures = 0
        delay = delay_before_retry(self._failures, random=tools.random())
        self._failures += 1
        await asyncio.sleep(delay)

    async def _new_token(self, token: str | None, reason: str | None) -> None:
        tools = self._tools
        if tools.client.token == token:
            tools.status.shard(self._number, ShardState.BLOCKED, reason)
            log.error("A shard waits for another token: %s", reason, extra={"shard": self._number})
        await tools.token.other_than(token)
        tools.status.shard(self._number, ShardState.WAITING)
