"""Users, and conversations with them."""

from __future__ import annotations

from botpod_local.discord.errors import Fault, Refusal
from botpod_local.discord.payloads.channels import channel_payload
from botpod_local.discord.payloads.users import own_user_payload, user_payload
from botpod_local.discord.rest import rules
from botpod_local.discord.rest.call import NO_CONTENT, Answer, Call, Route
from botpod_local.discord.world.building import direct_channel, remove_member
from botpod_local.discord.world.permissions import in_guild


def get_me(call: Call) -> Answer:
    """Return the bot's own user."""
    return Answer(200, own_user_payload(call.me))


def get_user(call: Call) -> Answer:
    """Return any user."""
    return Answer(200, user_payload(call.world.user(call.id("user_id"))))


def list_guilds(call: Call) -> Answer:
    """Return the guilds that the bot is in, in order of their ids."""
    limit = call.query_int("limit", least=1, most=200, default=200)
    after, before = call.query_id("after") or 0, call.query_id("before")
    mine = sorted((g for g in call.world.guilds.values() if call.me.id in g.members), key=lambda g: g.id)
    chosen = [g for g in mine if g.id > after and (before is None or g.id < before)][:limit]
    counts = call.query_flag("with_counts")
    return Answer(
        200,
        [
            {
                "id": str(g.id),
                "name": g.name,
                "icon": None,
                "banner": None,
                "owner": g.owner_id == call.me.id,
                "permissions": str(in_guild(g, call.me.id)),
                "features": [],
            }
            | ({"approximate_member_count": len(g.members)} if counts else {})
            for g in chosen
        ],
    )


def open_dm(call: Call) -> Answer:
    """Return the direct conversation with a user, opened if there was none."""
    fields = call.fields()
    recipient_id = fields.snowflake("recipient_id", required=True)
    fields.done()
    other = call.world.user(recipient_id or 0)
    if other.bot:
        raise Refusal(Fault.CANNOT_DM)
    channel = direct_channel(call.world, call.me.id, other.id)
    return Answer(200, channel_payload(call.world, channel, viewer_id=call.me.id))


def leave_guild(call: Call) -> Answer:
    """Leave a guild."""
    guild = call.world.guild(call.id("guild_id"))
    if call.me.id not in guild.members:
        raise Refusal(Fault.UNKNOWN_GUILD)
    remove_member(call.world, guild, call.me.id)
    return NO_CONTENT


ROUTES = (
    Route(method="GET", template="/users/@me", handler=get_me, rule=rules.USERS),
    Route(method="GET", template="/users/@me/guilds", handler=list_guilds, rule=rules.USERS),
    Route(method="POST", template="/users/@me/channels", handler=open_dm, rule=rules.OPEN_DM),
    Route(
        method="DELETE",
        template="/users/@me/guilds/{guild_id}",
        handler=leave_guild,
        rule=rules.USERS,
    ),
    Route(method="GET", template="/users/{user_id}", handler=get_user, rule=rules.USERS),
)
