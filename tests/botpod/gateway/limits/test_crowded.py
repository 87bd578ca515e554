"""More is to be said than Discord's global limit lets through: answers come before edits of others."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from discord_rest import rest_client
from eventually import eventually

from botpod.gateway.ports import MessagePort
from botpod.replies.clock import MonotonicClock
from botpod.replies.stream import StreamedReply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from botpod_local.discord import DiscordServer

ANSWERS = 160
WORDS = ["all ", "of ", "the ", "answer"]


async def written() -> AsyncIterator[str]:
    for word in WORDS:
        yield word
        await asyncio.sleep(0.1)


async def test_answers_nobody_has_seen_come_before_edits_of_others(discord: DiscordServer) -> None:
    asked = {}
    for number in range(ANSWERS):
        room = f"room-{number}"
        discord.building.add_channel(room)
        asked[room] = discord.people.post(room, "ada", "say it")
    async with rest_client(discord.api_url, discord.token) as bot:
        transport = bot.client._transport
        assert not transport.crowded

        async def answer(room: str) -> None:
            where, message = int(asked[room]["channel_id"]), int(asked[room]["id"])
            port = MessagePort(bot.rest, channel_id=where, message_id=message)
            reply = StreamedReply(
                port, clock=MonotonicClock(), gradual=lambda: not transport.crowded, shows_typing=False
            )
            await reply.stream(written())

        async with asyncio.TaskGroup() as group:
            for room in asked:
                group.create_task(answer(room))
                await asyncio.sleep(0.008)
            await eventually(lambda: transport.crowded)
        assert not transport.crowded

    for room in asked:
        assert discord.looking.messages(room)[-1]["content"] == "all of the answer"
    requests = discord.record.counters
    assert requests["requests POST /channels/{channel_id}/messages"] == ANSWERS
    # Those who began before the others waited are edited once; of the others few.
    assert requests["requests PATCH /channels/{channel_id}/messages/{message_id}"] < ANSWERS / 2
    assert requests["status 429"] == 0
