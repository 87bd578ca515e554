"""One shard's way through connections that end, at a gateway it really connects to."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from eventually import eventually
from wires import wire_to_discord

from botpod.gateway import shard
from botpod.gateway.policy import Next
from botpod.status import ShardState

if TYPE_CHECKING:
    import pytest
    from bot_on_discord import StartBot

    from botpod_local.discord import DiscordServer


async def test_a_shard_that_was_long_connected_pauses_ever_longer_while_discord_is_away(
    discord: DiscordServer, start_bot: StartBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As if each connection had lasted for long.
    monkeypatch.setattr(shard, "STEADY_SECONDS", 0.0)
    async with wire_to_discord(discord) as (wire, api_url):
        bot = await start_bot(api=api_url)
        discord.people.post("general", "ada", "!ask before")
        await bot.says("You said: before")

        wire.cut()
        await eventually(lambda: len(bot.after) == 5, seconds=30)
        wire.mend()

        # The first one ended; the others came to nothing.
        at_once, *pauses = [later - earlier for earlier, later in pairwise(bot.heard.ended_at)]
        # Each is twice the one before, of which chance takes up to a half.
        assert at_once < pauses[0] < pauses[2]
        assert pauses[1] < 2.5 * pauses[2]
        discord.people.post("general", "ada", "!ask after")
        await eventually(lambda: "You said: after" in bot.said(), seconds=30)
        await bot.stop()
    assert discord.record.counters["identifies"] == 1


async def test_what_the_library_cannot_read_ends_a_connection_not_the_shard(
    discord: DiscordServer, start_bot: StartBot
) -> None:
    bot = await start_bot()

    assert discord.faults.garble() == 1
    await eventually(lambda: bot.after)
    discord.people.post("general", "ada", "!ask after")

    await bot.says("You said: after")
    assert bot.after == [Next.RESUME]
    assert discord.record.counters["identifies"] == 1


async def test_shards_that_are_refused_together_all_go_on_without_the_intent(
    discord: DiscordServer, start_bot: StartBot
) -> None:
    discord.application.privileged = 0

    bot = await start_bot(shards={"minimum": 3}, wait=False)

    # The first that is told gives the intent up for all; the others had begun with it.
    await eventually(lambda: [one.state for one in bot.status.shards.values()] == [ShardState.CONNECTED] * 3)
    assert bot.after == [Next.FEWER_INTENTS] * 3
    discord.people.post("general", "ada", f"{bot.mention} hello")
    await bot.says("You said: hello")
