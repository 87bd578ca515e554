"""What somebody may do, asked of the stand-in's REST interface."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from discord_rest import rest_client

from botpod.errors import Rejected, Transient
from botpod.events import Author, Place
from botpod.gateway.permissions import REMEMBER_SECONDS, PermissionsByRest
from botpod.permissions.names import BITS
from botpod.permissions.rules import ALL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from botpod_local.discord import DiscordServer
    from botpod_local.discord.world.records import Guild

NOW = 2e9
MANAGE_MESSAGES = BITS["MANAGE_MESSAGES"]
READING = BITS["VIEW_CHANNEL"] | BITS["READ_MESSAGE_HISTORY"]
MEMBERS = "requests GET /guilds/{guild_id}/members/{user_id}"


@dataclass
class Asking:
    """Who asks, and the time that passes meanwhile."""

    discord: DiscordServer
    permissions: PermissionsByRest
    seconds: float = 0.0

    @property
    def guild(self) -> Guild:
        (guild,) = self.discord.world.guilds.values()
        return guild

    def place(self, name: str) -> Place:
        (channel,) = (one for one in self.discord.world.channels.values() if one.name == name)
        return Place(channel_id=channel.id, guild_id=self.guild.id)

    def author(self, name: str, *, roles_known: bool = True, timeout_until: float | None = None) -> Author:
        user = next(user for user in self.discord.world.users.values() if user.username == name)
        roles = frozenset(self.guild.members[user.id].roles) if roles_known else frozenset()
        return Author(
            id=user.id, name=name, roles=roles, roles_known=roles_known, timeout_until=timeout_until
        )


@pytest.fixture
async def asking(discord: DiscordServer) -> AsyncIterator[Asking]:
    discord.building.add_role("mods", permissions=MANAGE_MESSAGES)
    discord.building.give_role("linus", "mods")
    async with rest_client(discord.api_url, discord.token) as client:
        permissions = PermissionsByRest(client.rest, clock=lambda: asking.seconds, now=lambda: NOW)
        asking = Asking(discord, permissions)
        yield asking
        permissions.close()


async def test_roles_add_up_and_the_owner_may_everything(asking: Asking) -> None:
    general = asking.place("general")
    grace, linus, ada = [
        await asking.permissions(asking.author(name), general) for name in ("grace", "linus", "ada")
    ]

    assert linus == grace | MANAGE_MESSAGES != grace
    assert ada == ALL


async def test_a_timeout_leaves_what_one_may_read_until_it_is_over(asking: Asking) -> None:
    general = asking.place("general")
    free = await asking.permissions(asking.author("linus"), general)

    during = await asking.permissions(asking.author("linus", timeout_until=NOW + 1), general)
    after = await asking.permissions(asking.author("linus", timeout_until=NOW), general)
    owner = await asking.permissions(asking.author("ada", timeout_until=NOW + 1), general)

    assert (during, after, owner) == (free & READING, free, ALL)


async def test_roles_that_came_with_no_message_are_asked_for(asking: Asking) -> None:
    held = await asking.permissions(asking.author("linus", roles_known=False), asking.place("general"))

    assert held & MANAGE_MESSAGES
    assert asking.discord.record.counters[MEMBERS] == 1


async def test_what_a_role_may_is_remembered_for_a_minute(asking: Asking) -> None:
    general, linus = asking.place("general"), asking.author("linus")
    before = await asking.permissions(linus, general)
    mods = next(role for role in asking.guild.roles.values() if role.name == "mods")
    mods.permissions = 0

    asking.seconds = REMEMBER_SECONDS - 1
    remembered = await asking.permissions(linus, general)
    asking.seconds = REMEMBER_SECONDS
    after = await asking.permissions(linus, general)

    assert (remembered, after) == (before, before & ~MANAGE_MESSAGES)


@pytest.mark.parametrize("path", ["/guilds/*", "/channels/*"])
@pytest.mark.parametrize(("status", "error"), [(500, Transient), (0, Transient), (404, Rejected)])
async def test_no_answer_is_no_permission(
    path: str, status: int, error: type[Exception], asking: Asking
) -> None:
    asking.discord.faults.fail(status, count=50, method="GET", path=path)

    with pytest.raises(error):
        await asking.permissions(asking.author("ada"), asking.place("general"))


async def test_in_a_direct_message_nobody_may_anything(asking: Asking) -> None:
    assert await asking.permissions(asking.author("ada"), Place(channel_id=1)) == 0
