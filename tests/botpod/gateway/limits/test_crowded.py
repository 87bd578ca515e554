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

ANSWERS = 40
OTHERS = 200
"""Messages that are to be sent before: Discord takes them in four seconds."""
POSTS = "requests POST /channels/{channel_id}/messages"
EDITS = "requests PATCH /channels/{channel_id}/messages/{message_id}"


async def written() -> AsyncIterator[str]:
    for word in ("all ", "of ", "the ", "answer"):
        yield word
        await asyncio.sleep(0.1)


async def test_answers_nobody_has_seen_come_before_edits_of_others(discord: DiscordServer) -> None:
    rooms = [int(discord.building.add_channel(f"room-{number}")["id"]) for number in range(OTHERS)]
    asked = {}
    for number in range(ANSWERS):
        discord.building.add_channel(f"asking-{number}")
        asked[number] = discord.people.post(f"asking-{number}", "ada", "say it")

    async with rest_client(discord.api_url, discord.token) as bot:
        transport = bot.transport
        assert not transport.crowded

        async def answer(number: int) -> None:
            where, message = int(asked[number]["channel_id"]), int(asked[number]["id"])
            port = MessagePort(bot.rest, channel_id=where, message_id=message)
            reply = StreamedReply(
                port,
                clock=MonotonicClock(),
                gradual=lambda: not transport.crowded,
                shows_typing=lambda: False,
            )
            await reply.stream(written())

        async with asyncio.TaskGroup() as group:
            for room in rooms:
                group.create_task(bot.rest.send(room, "first", nonce=f"{room}", reply_to=None))
            await eventually(lambda: transport.crowded)
            for number in asked:
                group.create_task(answer(number))
        assert not transport.crowded

    for number in asked:
        assert discord.looking.messages(f"asking-{number}")[-1]["content"] == "all of the answer"
    requests = discord.record.counters
    assert requests[POSTS] == OTHERS + ANSWERS
    # On a machine that is busy some may begin only when nobody waits any more.
    assert requests[EDITS] < ANSWERS / 4
    assert requests["status 429"] == 0
