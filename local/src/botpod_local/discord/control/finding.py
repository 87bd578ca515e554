"""Finding things by what people call them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_local.discord.world.building import direct_channel

if TYPE_CHECKING:
    from botpod_local.discord.world.records import Application, Channel, Guild, Message, User
    from botpod_local.discord.world.world import World


class ControlError(Exception):
    """A control call that can't be done; the text says why and what to do."""


def find_user(world: World, ref: str | int) -> User:
    """Return a user by id, username or shown name."""
    if (number := number_in(ref)) is not None and number in world.users:
        return world.users[number]
    name = str(ref).removeprefix("@").casefold()
    for user in world.users.values():
        if name in {user.username.casefold(), (user.global_name or "").casefold()}:
            return user
    raise ControlError(
        f"There is no user {ref!r}; there are {_listed(u.username for u in world.users.values())}."
    )


def find_guild(world: World, ref: str | int | None) -> Guild:
    """Return a guild by id or name; without one, the first."""
    if ref is None and world.guilds:
        return next(iter(world.guilds.values()))
    if ref is not None and (number := number_in(ref)) is not None and number in world.guilds:
        return world.guilds[number]
    for guild in world.guilds.values():
        if guild.name.casefold() == str(ref).casefold():
            return guild
    raise ControlError(
        f"There is no guild {ref!r}; there are {_listed(g.name for g in world.guilds.values())}."
    )


def find_channel(world: World, ref: str | int, *, actor: User | None = None) -> Channel:
    """Return a channel by id, ``#name``, ``Guild/name``, or ``@user``: the actor's talk with them."""
    if (number := number_in(ref)) is not None and number in world.channels:
        return world.channels[number]
    written = str(ref)
    if written.startswith("@") and actor is not None:
        return direct_channel(world, actor.id, find_user(world, written).id)
    guild_name, slash, name = written.rpartition("/")
    name = name.removeprefix("#").casefold()
    within = find_guild(world, guild_name).id if slash else None
    for channel in world.channels.values():
        if channel.name.casefold() == name and within in {None, channel.guild_id}:
            return channel
    names = _listed(f"#{c.name}" for c in world.channels.values() if c.name)
    raise ControlError(f"There is no channel {ref!r}; there are {names}.")


def find_place(world: World, user: str | int, channel: str | int) -> tuple[User, Channel]:
    """Return who acts and where, the channel named as they may name it."""
    actor = find_user(world, user)
    return actor, find_channel(world, channel, actor=actor)


def find_application(world: World, ref: str | int | None) -> Application:
    """Return an application by id or name; without one, the only one."""
    if ref is None and len(world.applications) == 1:
        return next(iter(world.applications.values()))
    for application in world.applications.values():
        if ref is not None and str(ref) in {str(application.id), application.name}:
            return application
    names = _listed(a.name for a in world.applications.values())
    raise ControlError(f"Name one bot; there are {names}.")


def find_message(channel: Channel, ref: str | int) -> Message:
    """Return a message of a channel by id, also one that only somebody sees."""
    number = number_in(ref)
    message = channel.messages.get(number) if number is not None else None
    if message is None:
        raise ControlError(f"There is no message {ref!r} in #{channel.name or channel.id}.")
    return message


def number_in(ref: str | int) -> int | None:
    """Return the number that ``ref`` is or writes; None where it is something else."""
    if isinstance(ref, int):
        return ref
    return int(ref) if ref.isdecimal() else None


def _listed(names: object) -> str:
    found = list(names) if hasattr(names, "__iter__") else []
    return ", ".join(found[:10]) + (" …" if len(found) > 10 else "") if found else "none"  # noqa: PLR2004
