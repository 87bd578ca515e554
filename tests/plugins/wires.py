"""What ties one bot to Discord and to Redis, there to be cut: at the other ends that is a process's death."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pod_state import pod_shares

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from bot_on_discord import Bot, StartBot

    from botpod_local.discord import DiscordServer

CHUNK = 65_536

type Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
type StartWired = Callable[..., Awaitable[Bot]]


class Wire:
    """Passes connections on through ``connect`` until it is cut: what was on its way then is lost."""

    def __init__(self, connect: Callable[[], Awaitable[Streams]]) -> None:
        self._connect = connect
        self._whole = True
        self.opened = 0
        """How many connections were asked for."""
        self._ends: set[asyncio.StreamWriter] = set()
        self._serving: set[asyncio.Task[None]] = set()

    def cut(self) -> None:
        """Drop every connection at both its ends, and each new one, from this moment on."""
        self._whole = False
        for end in tuple(self._ends):
            end.transport.abort()

    def mend(self) -> None:
        """Let new connections pass again."""
        self._whole = True

    async def serve(self, client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        """Carry one connection to its end."""
        serving = asyncio.current_task()
        assert serving is not None
        self._serving.add(serving)
        self.opened += 1
        ends = [answers]
        try:
            if self._whole:
                server, requests = await self._connect()
                ends.append(requests)
                self._ends.update(ends)
                if self._whole:
                    await _either(_copy(client, requests), _copy(server, answers))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._ends.difference_update(ends)
            for end in ends:
                end.close() if self._whole else end.transport.abort()
            self._serving.discard(serving)

    @asynccontextmanager
    async def listening(self, listener: asyncio.Server) -> AsyncIterator[None]:
        """End everything at the block's end."""
        try:
            yield
        finally:
            listener.close()
            self.cut()
            for serving in tuple(self._serving):
                serving.cancel()
            await asyncio.gather(*self._serving, return_exceptions=True)


async def _either(*work: Any) -> None:
    tasks = {asyncio.create_task(one) for one in work}
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(CHUNK):
            sink.write(data)
            await sink.drain()


class Wires:
    """One bot's: ``api_url`` and ``redis_url`` are for it alone."""

    def __init__(self, *, discord: Wire, redis: Wire, api_url: str, redis_url: str) -> None:
        self.discord = discord
        self.redis = redis
        self.api_url = api_url
        self.redis_url = redis_url

    def cut(self) -> None:
        """Part the bot from everybody, all at once."""
        self.discord.cut()
        self.redis.cut()


@asynccontextmanager
async def wire_to_discord(discord: DiscordServer) -> AsyncIterator[tuple[Wire, str]]:
    """Yield a wire to Discord, and the address of its API by that."""
    host, port = discord.api_addresses[0]
    wire = Wire(lambda: asyncio.open_connection(host, port))
    listener = await asyncio.start_server(wire.serve, "127.0.0.1", 0)
    own = listener.sockets[0].getsockname()[1]
    async with wire.listening(listener):
        yield wire, discord.api_url.replace(f"{host}:{port}", f"127.0.0.1:{own}")


@asynccontextmanager
async def wires(discord: DiscordServer, *, redis_url: str) -> AsyncIterator[Wires]:
    """Tie a bot to Discord and to the Redis at a Unix socket until the block ends."""
    to_redis = Wire(lambda: asyncio.open_unix_connection(redis_url.removeprefix("unix://")))
    async with AsyncExitStack() as stack:
        # A socket's path may have 107 bytes at most: pytest's own directories are too deep.
        path = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wires"))) / "redis.sock"
        to_discord, api_url = await stack.enter_async_context(wire_to_discord(discord))
        listener = await asyncio.start_unix_server(to_redis.serve, path)
        await stack.enter_async_context(to_redis.listening(listener))
        yield Wires(discord=to_discord, redis=to_redis, api_url=api_url, redis_url=f"unix://{path}")


@pytest.fixture
async def start_wired(discord: DiscordServer, start_bot: StartBot) -> AsyncIterator[StartWired]:
    """Start bots that share the Redis at ``redis_url`` and can be killed, each at wires of its own."""
    async with AsyncExitStack() as stack:

        async def start(name: str, *, redis_url: str, lease_seconds: float, **more: Any) -> Bot:
            tied = await stack.enter_async_context(wires(discord, redis_url=redis_url))
            shares = pod_shares(tied.redis_url, pod=name, lease_seconds=lease_seconds)
            stack.push_async_callback(shares.state.close)
            bot = await start_bot(shares=shares, wires=tied, **more)
            # Before its wires are gone.
            stack.push_async_callback(bot.stop)
            return bot

        yield start
