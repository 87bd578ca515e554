"""Guilds: themselves, their channels, roles and members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_local.discord.errors import Fault, Refusal
from botpod_local.discord.payloads.channels import channel_payload, thread_member_payload
from botpod_local.discord.payloads.guilds import guild_payload, role_payload
from botpod_local.discord.payloads.users import member_payload
from botpod_local.discord.rest import rules
from botpod_local.discord.rest.call import Answer, Call, Route
from botpod_local.discord.world.permissions import sees
from botpod_local.discord.world.records import THREADS, Channel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botpod_local.discord.world.records import Guild


def guild_of(call: Call) -> Guild:
    """Return the path's guild; one that the bot isn't in is as good as none."""
    guild = call.world.guild(call.id("guild_id"))
    if call.me.id not in guild.members:
        raise Refusal(Fault.UNKNOWN_GUILD)
    return guild


def seen_channels(call: Call, guild: Guild) -> Iterator[Channel]:
    """Yield the guild's channels and threads that the bot sees."""
    for channel_id in guild.channel_ids:
        channel = call.world.channels.get(channel_id)
        if channel is not None and sees(call.world, channel, call.me.id):
            yield channel


def get_guild(call: Call) -> Answer:
    """Return a guild."""
    guild = guild_of(call)
    payload = guild_payload(guild)
    if call.query_flag("with_counts"):
        payload |= {
            "approximate_member_count": len(guild.members),
            "approximate_presence_count": len(guild.members),
        }
    return Answer(200, payload)


def list_channels(call: Call) -> Answer:
    """Return a guild's channels, without threads."""
    seen = (c for c in seen_channels(call, guild_of(call)) if c.type not in THREADS)
    return Answer(200, [channel_payload(call.world, c, viewer_id=call.me.id) for c in seen])


def list_active_threads(call: Call) -> Answer:
    """Return a guild's threads that aren't archived, and which of them the bot joined."""
    threads = [
        c for c in seen_channels(call, guild_of(call)) if c.thread is not None and not c.thread.archived
    ]
    threads.sort(key=lambda c: -c.id)
    joined = [
        thread_member_payload(c.id, call.me.id, c.thread.members[call.me.id])
        for c in threads
        if c.thread is not None and call.me.id in c.thread.members
    ]
    payloads = [channel_payload(call.world, c, viewer_id=call.me.id) for c in threads]
    return Answer(200, {"threads": payloads, "members": joined, "has_more": False})


def list_roles(call: Call) -> Answer:
    """Return a guild's roles."""
    return Answer(200, [role_payload(r) for r in guild_of(call).roles.values()])


def get_role(call: Call) -> Answer:
    """Return one role."""
    role = guild_of(call).roles.get(call.id("role_id"))
    if role is None:
        raise Refusal(Fault.UNKNOWN_ROLE)
    return Answer(200, role_payload(role))


def list_members(call: Call) -> Answer:
    """Return members in order of their ids; needs the intent to be granted."""
    guild = guild_of(call)
    if not call.application.privileged & 1 << 1:
        raise Refusal(Fault.MISSING_ACCESS)
    limit = call.query_int("limit", least=1, most=1000, default=1)
    after = call.query_id("after") or 0
    ids = sorted(i for i in guild.members if i > after)[:limit]
    return Answer(200, [member_payload(guild.members[i], call.world.users[i]) for i in ids])


def search_members(call: Call) -> Answer:
    """Return members whose name begins with what is asked for."""
    guild = guild_of(call)
    limit = call.query_int("limit", least=1, most=1000, default=1)
    found = call.world.members_named(guild, call.query.get("query", ""))[:limit]
    return Answer(200, [member_payload(guild.members[i], call.world.users[i]) for i in found])


def get_member(call: Call) -> Answer:
    """Return one member."""
    guild = guild_of(call)
    user_id = call.id("user_id")
    call.world.user(user_id)
    return Answer(200, member_payload(call.world.member(guild.id, user_id), call.world.users[user_id]))


_GUILD, _MEMBERS = rules.GUILD, rules.MEMBERS
ROUTES = tuple(
    Route(method="GET", template=template, handler=handler, rule=rule, major=("guild_id",))
    for template, handler, rule in (
        ("/guilds/{guild_id}", get_guild, _GUILD),
        ("/guilds/{guild_id}/channels", list_channels, _GUILD),
        ("/guilds/{guild_id}/threads/active", list_active_threads, _GUILD),
        ("/guilds/{guild_id}/roles", list_roles, _GUILD),
        ("/guilds/{guild_id}/roles/{role_id}", get_role, _GUILD),
        ("/guilds/{guild_id}/members", list_members, _MEMBERS),
        ("/guilds/{guild_id}/members/search", search_members, _MEMBERS),
        ("/guilds/{guild_id}/members/{user_id}", get_member, _MEMBERS),
    )
)
