"""The world of the demo: one guild, two channels, a few people, one bot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_local.discord.world.building import (
    add_application,
    add_channel,
    add_guild,
    add_member,
    add_user,
)
from botpod_local.discord.world.world import World

if TYPE_CHECKING:
    from botpod_local.discord.clock import Clock

PEOPLE = (("ada", "Ada"), ("linus", "Linus"), ("grace", "Grace"), ("alan", "Alan"))
GUILD, CHANNELS, BOT = "Botpod", ("general", "random"), "hello"


def default_world(*, token: str | None = None, clock: Clock | None = None, bot: str = BOT) -> World:
    """Return the demo's world.

    Args:
        token: the bot's; without one it is made up and stands in ``World.applications``.
        clock: tells the time.
        bot: the bot's name.
    """
    world = World(clock=clock)
    people = [add_user(world, name, global_name=shown) for name, shown in PEOPLE]
    application = add_application(world, bot, owner=people[0], token=token)
    guild = add_guild(world, GUILD, owner=people[0])
    for name in CHANNELS:
        add_channel(world, guild, name)
    for person in people[1:]:
        add_member(world, guild, person)
    add_member(world, guild, world.users[application.bot_user_id])
    return world
