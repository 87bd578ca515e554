"""A bot on the stand-in's Discord, with a skill of the test's own and everything between."""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from discord_rest import Noted
from eventually import eventually

from botpod.config.schema import DiscordSection, LimitsSection
from botpod.dispatch.behaviour import Behaviour
from botpod.dispatch.dispatcher import Dispatcher
from botpod.gateway.gateway import Gateway
from botpod.gateway.limits.compose import rest_transport
from botpod.inbox.local import LocalInbox
from botpod.inbox.presence import stay_alive
from botpod.router import Router
from botpod.skills.protocol import Command, Manifest, Option, Trigger
from botpod.state.compose import Shared
from botpod.state.local import LocalState
from botpod.state.localrest import LocalRestWindows
from botpod.status import Status

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from wires import Wires

    from botpod.events import Author, Event, Place
    from botpod.gateway.policy import Next
    from botpod.replies.port import ReplyPort
    from botpod.skills.protocol import Request
    from botpod_local.discord import DiscordServer


class Requests:
    """The dispatcher's observer: notes why requests were refused, and looks away from the rest."""

    def __init__(self) -> None:
        self.refusals: list[str] = []

    def received(self, event: Event) -> None: ...

    def refused(self, reason: str) -> None:
        self.refusals.append(reason)

    def running(self, change: int) -> None: ...

    def handled(self, skill: str, seconds: float, error: BaseException | None) -> None: ...


class Heard:
    """What the gateway's observer was told."""

    def __init__(self) -> None:
        self.after: list[Next] = []
        self.ended_at: list[float] = []
        """When each connection ended, or came to nothing, by the event loop's clock."""
        self.gaps: list[float] = []
        self.missed = 0

    def connection_ended(self, follows: Next) -> None:
        self.after.append(follows)
        self.ended_at.append(asyncio.get_running_loop().time())

    def gap(self, seconds: float) -> None:
        self.gaps.append(seconds)

    def caught_up(self, messages: int) -> None:
        self.missed += messages


type Handle = Callable[[Request, ReplyPort], Awaitable[None]]

MANIFEST = Manifest(
    name="echo",
    description="Echoes.",
    commands=(
        Command(name="ask", description="Ask.", options=(Option(name="text", description="What."),)),
        Command(name="ping", description="Ping."),
    ),
    triggers=frozenset({Trigger.MENTION, Trigger.DIRECT_MESSAGE}),
)


async def echo(request: Request, reply: ReplyPort) -> None:
    await reply.send(f"You said: {request.text}")


class Skill:
    manifest = MANIFEST

    def __init__(self, handle: Handle) -> None:
        self.handle = handle


@dataclass
class Bot:
    """One process's worth of bot, without the process."""

    discord: DiscordServer
    gateway: Gateway
    dispatcher: Dispatcher
    status: Status
    token: list[str]
    alive: asyncio.Task[None]
    heard: Heard
    requests: Requests
    wires: Wires | None = None
    """What ties it to all others; without them it can't be killed."""
    ending: asyncio.Task[None] | None = None

    @property
    def after(self) -> list[Next]:
        """What came after each connection."""
        return self.heard.after

    async def ready(self, *, seconds: float = 10) -> None:
        await eventually(lambda: self.status.why_not_ready() is None, seconds=seconds)

    async def stop(self) -> None:
        if self.ending is None:
            self.ending = asyncio.create_task(self._end(grace=5))
        await self.ending

    async def kill(self) -> None:
        """End it as SIGKILL would: from this moment on nobody hears of it, and its connections drop.

        What it does about that, and to clean up, it does with its wires cut.
        """
        assert self.wires is not None, "only a bot of start_wired can be killed"
        self.wires.cut()
        self.ending = asyncio.create_task(self._end(grace=0))
        await self.ending
        # Nothing of it is left; its sessions' next owners resume them where Discord told it to: at this wire.
        self.wires.discord.mend()

    async def _end(self, *, grace: float) -> None:
        self.alive.cancel()
        await self.gateway.stop()
        await self.dispatcher.drain(grace)
        await self.gateway.close()

    @property
    def mention(self) -> str:
        return f"<@{self.discord.application.bot_user_id}>"

    def replies(self, channel: str = "general", *, user: str | None = None) -> list[dict[str, Any]]:
        me = str(self.discord.application.bot_user_id)
        return [one for one in self.discord.looking.messages(channel, user) if one["author"]["id"] == me]

    def said(self, channel: str = "general", *, user: str | None = None) -> list[str]:
        return [one["content"] for one in self.replies(channel, user=user)]

    async def says(self, *contents: str, channel: str = "general", user: str | None = None) -> None:
        """Wait until exactly these were said, in any order."""
        await eventually(lambda: len(self.said(channel, user=user)) >= len(contents))
        assert sorted(self.said(channel, user=user)) == sorted(contents)


type StartBot = Callable[..., Awaitable[Bot]]


@pytest.fixture
async def start_bot(discord: DiscordServer) -> AsyncIterator[StartBot]:
    """Start bots; with ``shares`` several of them can share one."""
    discord.settings.max_concurrency = 16
    discord.settings.identify_spacing = 0
    async with AsyncExitStack() as stack:

        async def start(
            *,
            handle: Handle = echo,
            shares: Shared | None = None,
            manifest: Manifest = MANIFEST,
            shards: dict[str, Any] | None = None,
            limits: dict[str, Any] | None = None,
            wait: bool = True,
            api: str | None = None,
            wires: Wires | None = None,
        ) -> Bot:
            common = shares or Shared(
                state=LocalState(pod="a", clock=time.monotonic),
                inbox=LocalInbox(clock=time.monotonic),
                rest=LocalRestWindows(time.monotonic),
            )
            await common.inbox.live()
            address = wires.api_url if wires else discord.api_url
            status = Status()
            heard, requests = Heard(), Requests()
            token = [discord.token]
            skill = Skill(handle)

            async def permissions(author: Author, place: Place) -> int:
                return await gateway.permissions(author, place)

            dispatcher = Dispatcher(
                router=Router.of([manifest], prefix="!"),
                behaviour=Behaviour(
                    skills={"echo": skill},  # type: ignore[dict-item] # the port is the reply
                    reply=lambda port: port,  # type: ignore[arg-type,return-value] # the same
                    limits=LimitsSection.model_validate({"messagesPerUser": 1000, **(limits or {})}),
                ),
                ledger=common.inbox,
                windows=common.state,
                permissions=permissions,
                observer=requests,
                clock=time.monotonic,
            )
            gateway = Gateway(
                DiscordSection.model_validate({"apiUrl": api or address, "shards": shards or {}}),
                read_token=lambda: token[0],
                state=common.state,
                inbox=common.inbox,
                status=status,
                manifests=[manifest],
                sink=dispatcher,
                random=random.random,
                transport=rest_transport(
                    common.rest,
                    status=status,
                    observer=Noted(),
                    random=random.random,
                    clock=asyncio.get_running_loop().time,
                ),
                observer=heard,
            )
            lease = float((shards or {}).get("leaseSeconds", 1.5))
            alive = asyncio.create_task(stay_alive(common.inbox, lease_seconds=lease))
            bot = Bot(discord, gateway, dispatcher, status, token, alive, heard, requests, wires)
            stack.push_async_callback(bot.stop)
            gateway.start()
            if wait:
                await bot.ready()
            return bot

        yield start
