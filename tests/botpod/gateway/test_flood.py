"""A crowd in one channel: the others are answered, and each of the crowd hears of what they wrote."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest
from eventually import eventually

from botpod.config.schema import LimitsSection
from botpod.dispatch import turnedaway
from botpod.dispatch.room import WAITING_PER_PLACE

if TYPE_CHECKING:
    from bot_on_discord import StartBot

    from botpod.replies.port import ReplyPort
    from botpod.skills.protocol import Request
    from botpod_local.discord import DiscordServer

ACCOUNTS, EACH = 103, 2


@pytest.mark.req("AU-07", "CL-34")
@pytest.mark.attack("one_channel_starves_all", "dropped_in_silence")
async def test_another_server_is_answered_while_a_hundred_accounts_fill_a_channel(
    discord: DiscordServer, start_bot: StartBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turnedaway, "EVERY_SECONDS", 0.5)
    me = discord.world.users[discord.application.bot_user_id].username
    discord.building.add_guild("quiet", "ada", channels=["study"], members=[me])
    crowd = {}
    for number in range(ACCOUNTS):
        user = discord.building.add_user(f"loud-{number}")
        discord.building.add_member(user["username"], next(iter(discord.world.guilds)))
        crowd[user["id"]] = user["username"]
    enough = asyncio.Event()

    async def slowly(request: Request, reply: ReplyPort) -> None:
        if request.text == "loudly":
            await enough.wait()
        await reply.send(f"You said: {request.text}")

    bot = await start_bot(handle=slowly)
    for _ in range(EACH):
        for name in crowd.values():
            discord.people.post("general", name, "!ask loudly")
    discord.people.post("study", "ada", "!ask quietly")

    await bot.says("You said: quietly", channel="study")
    room = LimitsSection().concurrent_per_channel * WAITING_PER_PLACE
    assert bot.requests.refusals.count("full") == ACCOUNTS * EACH - room

    def named() -> set[str]:
        return {one for text in bot.said() for one in re.findall("<@([0-9]+)>", text)}

    # Of the first round as many found room as a channel has; of the second nobody.
    await eventually(lambda: named() == set(crowd), seconds=30)
    enough.set()
