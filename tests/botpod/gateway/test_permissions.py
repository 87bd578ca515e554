"""Who may use which command, known to a process that resumed and was told nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from eventually import eventually
from pod_state import LEASE

from botpod.gateway import turns
from botpod.skills.protocol import Command, Manifest
from botpod.status import ShardState

if TYPE_CHECKING:
    from bot_on_discord import Bot, StartBot
    from pod_state import MakePod

    from botpod.replies.port import ReplyPort
    from botpod.skills.protocol import Request
    from botpod_local.discord import DiscordServer

EPHEMERAL = 64
MANAGE_MESSAGES, MANAGE_GUILD = 1 << 13, 1 << 5
GET_GUILD, GET_CHANNEL, GET_MEMBER = (
    f"requests GET {path}"
    for path in ("/guilds/{guild_id}", "/channels/{channel_id}", "/guilds/{guild_id}/members/{user_id}")
)
MANIFEST = Manifest(
    name="echo",
    description="Cleans up.",
    commands=(
        Command(name="purge", description="Purge.", requires=frozenset({"MANAGE_MESSAGES"})),
        Command(name="ping", description="Ping."),
    ),
)
LACKS = "`{}` needs the permission Manage Messages."


async def obey(request: Request, reply: ReplyPort) -> None:
    await reply.send(f"{request.author.name} used {request.command}")


@pytest.fixture
async def resumed(
    discord: DiscordServer, start_bot: StartBot, pods: MakePod, monkeypatch: pytest.MonkeyPatch
) -> Bot:
    """A pod that went on with the session of another one, and was never told of any guild."""
    monkeypatch.setattr(turns, "INTERVAL", 0.0)
    for bucket in ("gateway", "messages.create"):
        discord.faults.rate_limit(bucket, 100, 1.0)

    async def start(name: str) -> Bot:
        shards = {"minimum": 1, "leaseSeconds": LEASE}
        bot = await start_bot(shares=pods(name), shards=shards, manifest=MANIFEST, handle=obey)
        await eventually(lambda: {one.state for one in bot.status.shards.values()} == {ShardState.CONNECTED})
        return bot

    first = await start("a")
    await eventually(lambda: len(discord.looking.commands()) == len(MANIFEST.commands))
    await first.stop()
    second = await start("b")
    assert (discord.record.counters["identifies"], discord.record.counters["resumes"]) == (1, 1)
    return second


async def test_smoke(discord: DiscordServer, resumed: Bot) -> None:
    discord.building.add_role("mods", permissions=MANAGE_MESSAGES)
    discord.building.give_role("linus", "mods")
    discord.people.post("general", "linus", "!purge")
    await eventually(lambda: len(resumed.said()) == 1)
    discord.people.post("general", "grace", "!purge")
    await eventually(lambda: len(resumed.said()) == 2)
    assert resumed.requests.refusals == ["permission"]
