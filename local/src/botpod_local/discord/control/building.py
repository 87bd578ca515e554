"""Making worlds while the server runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botpod_local.discord.control.finding import (
    ControlError,
    find_application,
    find_channel,
    find_guild,
    find_user,
)
from botpod_local.discord.gateway.intents import PRIVILEGED
from botpod_local.discord.payloads.channels import channel_payload
from botpod_local.discord.payloads.guilds import role_payload
from botpod_local.discord.payloads.users import member_payload, user_payload
from botpod_local.discord.world import building
from botpod_local.discord.world.records import ChannelType, Overwrite

if TYPE_CHECKING:
    from botpod_local.discord.world.world import World


class Building:
    """Adds people, bots, guilds, channels, roles."""

    def __init__(self, world: World) -> None:
        self._world = world

    def add_user(self, username: str, name: str | None = None) -> dict[str, Any]:
        """Add a person who is in no guild yet."""
        return user_payload(building.add_user(self._world, username, global_name=name))

    def add_bot(
        self,
        name: str,
        token: str | None = None,
        guilds: list[str] | None = None,
        privileged: int = int(PRIVILEGED),
        owner: str | int | None = None,
    ) -> dict[str, Any]:
        """Add an application with its bot, a member of ``guilds``; return its id and token.

        Args:
            name: the bot's name.
            token: made up if left out.
            guilds: names or ids; left out: all there are.
            privileged: the bit set of privileged intents it is granted.
            owner: the application's; left out: the first person.
        """
        people = (u for u in self._world.users.values() if not u.bot)
        master = next(people, None) if owner is None else find_user(self._world, owner)
        if master is None:
            raise ControlError("Add a person first: an application needs an owner.")
        application = building.add_application(
            self._world, name, owner=master, token=token, privileged=privileged
        )
        places = list(self._world.guilds.values())
        if guilds is not None:
            places = [find_guild(self._world, g) for g in guilds]
        for guild in places:
            building.add_member(self._world, guild, self._world.users[application.bot_user_id])
        return {
            "id": str(application.id),
            "bot_user_id": str(application.bot_user_id),
            "token": application.token,
            "public_key": application.public_key,
        }

    def add_guild(
        self,
        name: str,
        owner: str | int,
        channels: list[str] | None = None,
        members: list[str] | None = None,
    ) -> dict[str, Any]:
        """Add a guild; return its id and its channels' ids by name."""
        guild = building.add_guild(self._world, name, owner=find_user(self._world, owner))
        made = {c: str(building.add_channel(self._world, guild, c).id) for c in channels or ["general"]}
        for member in members or ():
            building.add_member(self._world, guild, find_user(self._world, member))
        return {"id": str(guild.id), "channels": made}

    def add_channel(
        self, name: str, guild: str | int | None = None, topic: str | None = None
    ) -> dict[str, Any]:
        """Add a text channel."""
        place = find_guild(self._world, guild)
        channel = building.add_channel(self._world, place, name, topic=topic, kind=ChannelType.TEXT)
        return channel_payload(self._world, channel)

    def add_member(self, user: str | int, guild: str | int | None = None) -> dict[str, Any]:
        """Let somebody join a guild."""
        who = find_user(self._world, user)
        member = building.add_member(self._world, find_guild(self._world, guild), who)
        return member_payload(member, who)

    def add_role(self, name: str, guild: str | int | None = None, permissions: int = 0) -> dict[str, Any]:
        """Add a role to a guild."""
        place = find_guild(self._world, guild)
        return role_payload(building.add_role(self._world, place, name, permissions=permissions))

    def give_role(self, user: str | int, role: str, guild: str | int | None = None) -> None:
        """Give a member a role, by its id or name."""
        place, who = find_guild(self._world, guild), find_user(self._world, user)
        found = next((r for r in place.roles.values() if role in {str(r.id), r.name}), None)
        if found is None or who.id not in place.members:
            raise ControlError(f"There is no role {role!r} in {place.name}, or {who.username} is not there.")
        building.give_role(self._world, place, who.id, found)

    def remove_member(self, user: str | int, guild: str | int | None = None) -> None:
        """Let somebody leave a guild."""
        place, who = find_guild(self._world, guild), find_user(self._world, user)
        if who.id not in place.members:
            raise ControlError(f"{who.username} is not in {place.name}.")
        building.remove_member(self._world, place, who.id)

    def remove_channel(self, channel: str | int) -> None:
        """Take a channel or thread away."""
        building.remove_channel(self._world, find_channel(self._world, channel))

    def overwrite(
        self, channel: str | int, who: str | int | None = None, allow: int = 0, deny: int = 0
    ) -> dict[str, Any]:
        """Set a channel's exception for a user (or a bot); left out: for everyone."""
        place = find_channel(self._world, channel)
        if place.guild_id is None:
            raise ControlError("A direct conversation has no exceptions.")
        target = place.guild_id if who is None else find_user(self._world, who).id
        place.overwrites = [o for o in place.overwrites if o.id != target]
        place.overwrites.append(Overwrite(id=target, kind=int(who is not None), allow=allow, deny=deny))
        building.announce_channel(self._world, place, "CHANNEL_UPDATE")
        return channel_payload(self._world, place)

    def grant(self, privileged: int, bot: str | int | None = None) -> None:
        """Set which privileged intents a bot is granted."""
        find_application(self._world, bot).privileged = privileged
