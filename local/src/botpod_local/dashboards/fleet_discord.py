"""The panels about Discord: shards and their sessions, requests and their limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_local.dashboards.chosen import HERE, RATE, slowness
from botpod_local.dashboards.parts import AMBER, lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grafana_foundation_sdk.cog.builder import Builder
    from grafana_foundation_sdk.models.dashboard import Panel


def shards() -> Iterator[Builder[Panel]]:
    """Return how shards are connected, and what that costs."""
    yield lines(
        "Shards by state",
        {"{{state}}": f"sum by (state) (botpod_shard_state{HERE})"},
        about="Shards that some pod owns.",
        stacked=True,
        alert="BotpodShardsUnserved",
    )
    yield lines(
        "Connections that ended",
        {"then {{next}}": f"sum by (next) (increase(botpod_gateway_connections_ended_total{HERE}{RATE}))"},
        about="By what followed. Who resumes loses nothing; who identifies spends Discord's budget.",
    )
    yield lines(
        "Gaps",
        _gaps(),
        about="For how long nobody heard a shard, over restarts, hand-overs and cuts.",
        unit="s",
        steps=((None, "transparent"), (1, AMBER)),
        alert="BotpodGapsLong",
    )
    yield lines(
        "Session starts left today",
        {
            "{{bot}}": f"min by (bot) (botpod_session_starts_remaining{HERE}"
            f" / botpod_session_starts_limit{HERE})"
        },
        about="Below a fifth they are spent sparingly: Discord resets the token of whoever spends them all.",
        unit="percentunit",
        steps=((None, AMBER), (0.2, "transparent")),
        alert="BotpodSessionStartsScarce",
    )
    yield lines(
        "Heartbeats there and back",
        {"{{bot}}": f"max by (bot) (botpod_shard_latency_seconds{HERE})"},
        about="The slowest shard's. Usually below a fifth of a second.",
        unit="s",
    )
    yield lines(
        "Messages caught up",
        {"{{bot}}": f"sum by (bot) (increase(botpod_caught_up_messages_total{HERE}{RATE}))"},
        about="Asked for after a session was lost, some of them known already.",
    )


def _gaps() -> dict[str, str]:
    """Return the expressions of the median and of the longest in 20.

    A new pod has counted the gaps of the shards it took over before it is scraped for the first time, so
    that a rate would leave them out.
    """
    counted = f"botpod_shard_gap_seconds_bucket{HERE}"
    fresh = f"clamp_min({counted} - {counted} offset $__rate_interval, 0) or {counted}"
    return {
        f"p{percent}": f"histogram_quantile({percent / 100:g}, sum by (le) ({fresh}))" for percent in (50, 95)
    }


def limits() -> Iterator[Builder[Panel]]:
    """Return how requests to Discord fare, and what else bots need."""
    yield lines(
        "Requests that wait for Discord's limits",
        slowness("botpod_discord_request_wait_seconds"),
        about="Seconds until a request may be sent. Where people write much in one channel it takes a while.",
        unit="s",
        steps=((None, "transparent"), (5, AMBER)),
    )
    yield lines(
        "Answers of 429",
        {
            "{{bot}} {{scope}}": "sum by (bot, scope)"
            f" (increase(botpod_discord_rate_limited_total{HERE}{RATE}))"
        },
        about="By whose limit it was. Scope shared is others' doing, and isn't counted.",
        alert="BotpodRateLimited",
    )
    yield lines(
        "Requests that Discord calls invalid",
        {"{{bot}}": f"max by (bot) (botpod_discord_invalid_requests_recent{HERE})"},
        about="In ten minutes, from all pods: 401, 403, 429. At 8,000 the bot stops; 10,000 are a ban.",
        steps=((None, "transparent"), (4_000, AMBER)),
        alert="BotpodInvalidRequests",
    )
    yield lines(
        "Requests sent again",
        {
            "{{bot}} {{why}}": "sum by (bot, why)"
            f" (increase(botpod_discord_requests_repeated_total{HERE}{RATE}))"
        },
        about="After a 5xx or a lost connection, where doing it twice is safe.",
    )
    yield lines(
        "Unhealthy dependencies",
        {"{{bot}} {{dependency}}": f"min by (bot, dependency) (botpod_dependency_healthy{HERE}) < 1"},
        about="What bots need and lack: Redis, PostgreSQL. Empty is good.",
        alert=("BotpodRedisUnreachable", "BotpodSqlUnreachable", "BotpodDependencyUnhealthy"),
    )
    yield lines(
        "Delay of the event loop",
        {"{{bot}}": f"max by (bot) (botpod_event_loop_lag_seconds{HERE})"},
        about="The longest recent delay. Above a tenth of a second a pod lacks CPU.",
        unit="s",
        steps=((None, "transparent"), (0.1, AMBER)),
    )
