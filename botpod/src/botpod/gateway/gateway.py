"""Everything that speaks to Discord, behind one door: start, stop, and events in between."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from nextcord.http import Route

from botpod.errors import BotpodError, CredentialRefused
from botpod.gateway.asking import MissedByRest
from botpod.gateway.client import BotClient
from botpod.gateway.commands import sync
from botpod.gateway.events import EventReader
from botpod.gateway.keeper import ShardKeeper
from botpod.gateway.permissions import PermissionsByRest
from botpod.gateway.policy import delay_before_retry
from botpod.gateway.rest import GatewayInfo, Identity, Rest
from botpod.gateway.shardtools import ShardTools
from botpod.gateway.token import TokenWatch
from botpod.gateway.turns import IdentifyTurns

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence

    from botpod.config.schema import DiscordSection, ShardsSection
    from botpod.gateway.events import History, Sink
    from botpod.gateway.limits.transport import Transport
    from botpod.gateway.observer import Observer
    from botpod.inbox.port import Inbox
    from botpod.interactions.intake import Intake
    from botpod.skills.protocol import Manifest
    from botpod.state.port import HotState
    from botpod.status import Status

log = logging.getLogger(__name__)

NOTHING_POSTED = (
    "The application has no Interactions Endpoint URL, so nothing reaches the bot; put the public address of"
    " its /interactions there, in Discord's developer portal."
)
LOOK_AGAIN = 60.0
"""Seconds between two looks whether that was done."""


async def shard_count(section: ShardsSection, recommended: int, state: HotState) -> int:
    """Return how many shards the bot has: as fixed, or as chosen when it first started."""
    if section.mode == "Fixed" and section.count is not None:
        return section.count
    return await state.count(max(recommended, section.minimum))


class Gateway:
    """``read_token`` returns the token as it is now; ``observer`` counts what happens.

    All requests go through ``transport``. With an ``intake`` nothing is connected: Discord posts the
    interactions. ``history`` hears of messages that are edited or deleted.
    """

    def __init__(
        self,
        section: DiscordSection,
        *,
        read_token: Callable[[], str],
        state: HotState,
        inbox: Inbox,
        status: Status,
        manifests: Sequence[Manifest],
        sink: Sink,
        random: Callable[[], float],
        transport: Transport,
        observer: Observer,
        intake: Intake | None = None,
        history: History | None = None,
    ) -> None:
        # nextcord keeps the address of its API in a class; there is one bot to a process.
        Route.BASE = section.api_url.rstrip("/")
        self._section = section
        self._state = state
        self._inbox = inbox
        self._status = status
        self._manifests = manifests
        self._sink = sink
        self._random = random
        self._observer = observer
        self._intake = intake
        self._history = history
        self._client = BotClient(transport)
        self._token = TokenWatch(read=read_token, client=self._client, status=status, random=random)
        self._rest = Rest(self._client, credential=section.credential, token=self._token.probe)
        self._clock = self._client.loop.time
        self.permissions = PermissionsByRest(self._rest, clock=self._clock, now=time.time)
        self._keeper: ShardKeeper | None = None
        self._missed: MissedByRest | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._failed: asyncio.Future[None] = self._client.loop.create_future()

    def start(self) -> None:
        """Begin; what can go wrong is retried and shown in the status."""
        self._spawn(self._run(), "gateway")

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None and not self._failed.done():
            self._failed.set_exception(error)

    async def failure(self) -> None:
        """Wait until something of it fails that nothing here can mend, and raise that."""
        await self._failed

    async def stop(self) -> None:
        """Take no more events and let the next owners resume; answers can still be sent."""
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=5)
        if self._keeper is not None:
            await self._keeper.stop()
        if self._missed is not None:
            await self._missed.close()
        if self._intake is not None:
            await self._intake.close()

    async def close(self) -> None:
        """Close the connections to Discord's REST interface."""
        self.permissions.close()
        with suppress(Exception):
            async with asyncio.timeout(5):
                await self._client.http.close()

    async def take_up_token(self) -> None:
        """Use the token as it is now: for REST at once, for the gateway from its next session on."""
        await self._token.look()

    async def _run(self) -> None:
        await self._token.look()
        identity = await self._insist(self._rest.login)
        self._status.dependency("discord")
        log.info("The bot is known to Discord.", extra={"user": identity.name, "id": identity.user_id})
        if self._intake is not None:
            self._update_commands(identity)
            await self._keep_open(self._intake, identity)
            return
        info = await self._insist(self._rest.gateway)
        count = await shard_count(self._section.shards, info.shards, self._state)
        self._client.use_shard_count(count)
        self._state.join(count)
        self._status.shard_count = count
        self._update_commands(identity)
        self._keeper = ShardKeeper(
            shards=self._state,
            count=count,
            lease_seconds=self._section.shards.lease_seconds,
            status=self._status,
            clock=self._clock,
        )
        await self._keeper.run(self._tools(self._keeper, identity, info))

    def _update_commands(self, identity: Identity) -> None:
        self._spawn(
            sync(
                self._manifests,
                discord=self._rest,
                application_id=identity.application_id,
                locks=self._state,
                status=self._status,
            ),
            "commands",
        )

    async def _keep_open(self, intake: Intake, identity: Identity) -> None:
        """Let ``intake`` know the application's key, and anew with each token."""
        reader = EventReader(self._sink, rest=self._rest, identity=identity, now=time.time)

        def take(data: Any) -> None:
            wanted = reader.read("INTERACTION_CREATE", data)
            if wanted is not None:
                reader.hand_on(wanted, None)

        while True:
            token = self._client.token
            info = await self._insist(self._rest.interactions)
            intake.open(info.verify_key, take)
            self._status.note("interactions", None if info.posts else NOTHING_POSTED)
            if not self._status.started:
                self._status.started = True
                log.info("Interactions are taken at the public port.")
            with suppress(TimeoutError):
                async with asyncio.timeout(None if info.posts else LOOK_AGAIN):
                    await self._token.other_than(token)

    def _tools(self, keeper: ShardKeeper, identity: Identity, info: GatewayInfo) -> ShardTools:
        turns = IdentifyTurns(
            rest=self._rest,
            queue=self._state,
            client=self._client,
            status=self._status,
            clock=self._clock,
        )
        turns.know(info)
        reader = EventReader(
            self._sink, rest=self._rest, identity=identity, now=time.time, history=self._history
        )
        self._missed = MissedByRest(self._rest, reader=reader, channels=self._state, clock=self._clock)
        return ShardTools(
            client=self._client,
            status=self._status,
            turns=turns,
            token=self._token,
            reader=reader,
            missed=self._missed,
            inbox=self._inbox,
            still_ours=keeper.still_ours,
            lost=keeper.lost,
            observer=self._observer,
            random=self._random,
            clock=self._clock,
            now=time.time,
        )

    async def _insist[T](self, ask: Callable[[], Awaitable[T]]) -> T:
        failures = 0
        while True:
            await self._token.other_than(None)
            token = self._client.token
            try:
                return await ask()
            except CredentialRefused as error:
                self._say("discord", f"{error} Put a valid token into its place; it is taken up at once.")
                await self._token.other_than(token)
            except BotpodError as error:
                self._say("discord", str(error))
                await asyncio.sleep(delay_before_retry(failures + 1, random=self._random()))
                failures += 1

    def _say(self, dependency: str, problem: str) -> None:
        if self._status.dependency(dependency, problem):
            log.error("%s", problem)
