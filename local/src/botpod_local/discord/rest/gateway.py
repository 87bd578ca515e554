"""Where the gateway is."""

from __future__ import annotations

from botpod_local.discord.rest import rules
from botpod_local.discord.rest.call import Answer, Call, Route

GUILDS_A_SHARD = 1000


def get_gateway(call: Call) -> Answer:
    """Return the gateway's address."""
    return Answer(200, {"url": call.gateway_url})


def get_gateway_bot(call: Call) -> Answer:
    """Return the gateway's address, how many shards, and what is left of the session starts."""
    application, now = call.application, call.world.now()
    budget = call.hub.budget(application)
    guilds = sum(application.bot_user_id in g.members for g in call.world.guilds.values())
    shards = call.settings.shards or max(1, -(-guilds // GUILDS_A_SHARD))
    limit = {
        "total": budget.total,
        "remaining": budget.remaining(now),
        "reset_after": budget.reset_after_ms(now),
        "max_concurrency": budget.max_concurrency,
    }
    return Answer(200, {"url": call.gateway_url, "shards": shards, "session_start_limit": limit})


ROUTES = (
    Route(
        method="GET",
        template="/gateway",
        handler=get_gateway,
        rule=rules.GATEWAY_PUBLIC,
        authorized=False,
    ),
    Route(method="GET", template="/gateway/bot", handler=get_gateway_bot, rule=rules.GATEWAY),
)
