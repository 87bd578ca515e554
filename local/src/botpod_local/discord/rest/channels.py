"""Channels themselves: read, made, changed, deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_local.discord.errors import Fault, Refusal
from botpod_local.discord.forms.fields import Fields
from botpod_local.discord.payloads.channels import channel_payload
from botpod_local.discord.rest import rules
from botpod_local.discord.rest.call import NO_CONTENT, Answer, Call, Route
from botpod_local.discord.rest.guilds import guild_of
from botpod_local.discord.rest.reading import channel_for
from botpod_local.discord.world import building, threads
from botpod_local.discord.world.permissions import Permission, in_guild, require
from botpod_local.discord.world.records import THREADS, Channel, ChannelType, Overwrite

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_SLOWMODE = 21_600
MOST_TOPIC = 1024
_MADE = (ChannelType.TEXT, ChannelType.CATEGORY, ChannelType.ANNOUNCEMENT)


def get_channel(call: Call) -> Answer:
    """Return a channel, thread or direct conversation."""
    channel = channel_for(call)
    return Answer(200, channel_payload(call.world, channel, viewer_id=call.me.id))


def create_channel(call: Call) -> Answer:
    """Make a channel in a guild."""
    guild = guild_of(call)
    if not in_guild(guild, call.me.id) & Permission.MANAGE_CHANNELS:
        raise Refusal(Fault.MISSING_PERMISSIONS)
    fields = call.fields()
    name = fields.text("name", shortest=1, longest=100, required=True)
    kind = fields.choice("type", tuple(int(k) for k in _MADE))
    topic = fields.text("topic", longest=MOST_TOPIC)
    overwrites = _overwrites(fields.each("permission_overwrites", most=100))
    parent_id = fields.snowflake("parent_id")
    fields.done()
    channel = building.add_channel(
        call.world,
        guild,
        name or "",
        kind=ChannelType(kind or ChannelType.TEXT),
        topic=topic,
        overwrites=overwrites,
        parent_id=parent_id,
    )
    return Answer(201, channel_payload(call.world, channel, viewer_id=call.me.id))


def edit_channel(call: Call) -> Answer:
    """Change a channel or thread."""
    channel = channel_for(call)
    if channel.guild_id is None:
        raise Refusal(Fault.WRONG_CHANNEL_KIND)
    fields = call.fields()
    if channel.type in THREADS:
        _edit_thread(call, channel, fields)
    else:
        _edit_plain(call, channel, fields)
    return Answer(200, channel_payload(call.world, channel, viewer_id=call.me.id))


def _edit_plain(call: Call, channel: Channel, fields: Fields) -> None:
    require(call.world, channel, call.me.id, Permission.MANAGE_CHANNELS)
    name = fields.text("name", shortest=1, longest=100)
    topic = fields.text("topic", longest=MOST_TOPIC)
    position = fields.integer("position", least=0)
    slowmode = fields.integer("rate_limit_per_user", least=0, most=MOST_SLOWMODE)
    nsfw = fields.flag("nsfw")
    overwrites = _overwrites(fields.each("permission_overwrites", most=100))
    fields.done()
    channel.name = name or channel.name
    if "topic" in fields.body:
        channel.topic = topic
    channel.position = channel.position if position is None else position
    channel.slowmode = channel.slowmode if slowmode is None else slowmode
    channel.nsfw = channel.nsfw if nsfw is None else nsfw
    if fields.has("permission_overwrites"):
        channel.overwrites = overwrites
    building.announce_channel(call.world, channel, "CHANNEL_UPDATE")


def _edit_thread(call: Call, channel: Channel, fields: Fields) -> None:
    thread = threads.of(channel)
    name = fields.text("name", shortest=1, longest=100)
    archived, locked = fields.flag("archived"), fields.flag("locked")
    minutes = fields.choice("auto_archive_duration", threads.ARCHIVE_MINUTES)
    slowmode = fields.integer("rate_limit_per_user", least=0, most=MOST_SLOWMODE)
    fields.done()
    if thread.archived and archived is not False:
        raise Refusal(Fault.THREAD_ARCHIVED)
    others = thread.owner_id != call.me.id and (name or archived is True or minutes)
    if locked is not None or slowmode is not None or others:
        require(call.world, channel, call.me.id, Permission.MANAGE_THREADS)
    channel.name = name or channel.name
    thread.locked = thread.locked if locked is None else locked
    thread.auto_archive_minutes = minutes or thread.auto_archive_minutes
    channel.slowmode = channel.slowmode if slowmode is None else slowmode
    if archived is not None:
        threads.set_archived(call.world, channel, archived=archived)
    threads.tell(call.world, channel, "THREAD_UPDATE")


def delete_channel(call: Call) -> Answer:
    """Delete a channel or thread; a direct conversation is only closed."""
    channel = channel_for(call)
    payload = channel_payload(call.world, channel, viewer_id=call.me.id)
    if channel.guild_id is not None:
        thread = channel.type in THREADS
        needed = Permission.MANAGE_THREADS if thread else Permission.MANAGE_CHANNELS
        require(call.world, channel, call.me.id, needed)
        building.remove_channel(call.world, channel)
    return Answer(200, payload)


def put_overwrite(call: Call) -> Answer:
    """Set a channel's exception for a role or member."""
    channel = channel_for(call, Permission.MANAGE_ROLES)
    fields = Fields(call.fields().body | {"id": call.params["overwrite_id"]})
    overwrite = _overwrite(fields)
    fields.done()
    channel.overwrites = [o for o in channel.overwrites if o.id != overwrite.id] + [overwrite]
    building.announce_channel(call.world, channel, "CHANNEL_UPDATE")
    return NO_CONTENT


def delete_overwrite(call: Call) -> Answer:
    """Take a channel's exception away."""
    channel = channel_for(call, Permission.MANAGE_ROLES)
    target = call.id("overwrite_id")
    channel.overwrites = [o for o in channel.overwrites if o.id != target]
    building.announce_channel(call.world, channel, "CHANNEL_UPDATE")
    return NO_CONTENT


def _overwrites(each: Iterable[Fields]) -> list[Overwrite]:
    return [_overwrite(fields) for fields in each]


def _overwrite(fields: Fields) -> Overwrite:
    return Overwrite(
        id=fields.snowflake("id", required=True) or 0,
        kind=fields.choice("type", (0, 1)) or 0,
        allow=fields.integer("allow", least=0) or 0,
        deny=fields.integer("deny", least=0) or 0,
    )


_CHANNEL = "/channels/{channel_id}"
_OVERWRITE = f"{_CHANNEL}/permissions/{{overwrite_id}}"
ROUTES = (
    *(
        Route(method=method, template=template, handler=handler, rule=rule, major=("channel_id",))
        for method, template, handler, rule in (
            ("GET", _CHANNEL, get_channel, rules.CHANNEL),
            ("PATCH", _CHANNEL, edit_channel, rules.CHANNEL_CHANGE),
            ("DELETE", _CHANNEL, delete_channel, rules.CHANNEL_CHANGE),
            ("PUT", _OVERWRITE, put_overwrite, rules.CHANNEL_CHANGE),
            ("DELETE", _OVERWRITE, delete_overwrite, rules.CHANNEL_CHANGE),
        )
    ),
    Route(
        method="POST",
        template="/guilds/{guild_id}/channels",
        handler=create_channel,
        rule=rules.CHANNEL_CHANGE,
        major=("guild_id",),
    ),
)
