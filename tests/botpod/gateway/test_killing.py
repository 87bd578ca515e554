"""What the tests' own kill promises: of a bot that is killed nobody hears any more."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from eventually import eventually
from pod_state import LEASE
from redis.asyncio import Redis

from botpod.errors import BotpodError
from botpod.status import ShardState

if TYPE_CHECKING:
    from redis_server import RedisServer
    from wires import StartWired

    from botpod.replies.port import ReplyPort
    from botpod.skills.protocol import Request
    from botpod_local.discord import DiscordServer


async def test_its_last_words_reach_nobody_and_its_connections_are_gone(
    discord: DiscordServer, start_wired: StartWired, redis_server: RedisServer
) -> None:
    tried: list[type[BaseException]] = []

    async def has_last_words(_: Request, reply: ReplyPort) -> None:
        await reply.send("first words")
        try:
            await asyncio.Event().wait()
        finally:
            try:
                async with asyncio.timeout(0.5):
                    await reply.send("last words", part=1)
            except (BotpodError, TimeoutError) as error:
                tried.append(type(error))

    bot = await start_wired(
        "a", redis_url=redis_server.url, lease_seconds=LEASE, handle=has_last_words, shards={"minimum": 1}
    )
    await eventually(lambda: {one.state for one in bot.status.shards.values()} == {ShardState.CONNECTED})
    discord.people.post("general", "ada", "!ask x")
    await bot.says("first words")
    before = discord.record.last

    await bot.kill()

    assert tried
    assert bot.said() == ["first words"]
    assert discord.record.entries(after=before, kind="request") == []
    async with Redis.from_url(redis_server.url, decode_responses=True) as client:
        await eventually(lambda: _alone(client))
        # It gave nothing back: the lease runs out by itself.
        (owners,) = [key async for key in client.scan_iter("*:owner")]
        assert await client.hgetall(owners) == {"0": "a"}


async def _alone(client: Redis) -> bool:
    return len(await client.client_list()) == 1
