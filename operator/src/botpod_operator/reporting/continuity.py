"""What the troubles that pods tell of mean for people, and what to do about them. Pure."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, get_args

from botpod_operator.usage.health import Trouble

if TYPE_CHECKING:
    from botpod_operator.usage.health import Health, Starts

TROUBLES: frozenset[str] = frozenset(get_args(Trouble.__value__))

REDIS_TO_DO = (
    "See whether the Redis at the BotClass's state.redis runs, has memory left and takes its password, and "
    "whether the pods may reach it."
)


def sentence(health: Health, *, interactions: bool) -> str:
    """Return what to say of pods in trouble: what is wrong, what happens meanwhile, what to do.

    ``interactions`` says that Discord posts to the pods, so that there are no shards.
    """
    match health.trouble:
        case "RedisUnreachable":
            return f"{_cut_off(health)} {_meanwhile(health, interactions=interactions)} {REDIS_TO_DO}"
        case "SessionStartsScarce" | "SessionStartsSpent" if health.starts is not None:
            return _starts(health.starts)
        case "RedisMayLoseState":
            return (
                "Redis may lose what it holds when it restarts or is full: sessions, and what isn't answered "
                "yet. Set maxmemory-policy noeviction and appendonly yes there."
            )
    raise ValueError("there is no trouble to tell of")


def _cut_off(health: Health) -> str:
    if health.cut_off < health.pods:
        return f"{health.cut_off} of {health.pods} pods can't use Redis."
    return "The pod can't use Redis." if health.pods == 1 else "None of the pods can use Redis."


def _meanwhile(health: Health, *, interactions: bool) -> str:
    if interactions:
        return "The pods go on answering, but each counts limits by itself and finishes only what it began."
    if health.cut_off < health.pods:
        return "The other pods take over the shards of those, which go on answering until then."
    return (
        "Running pods keep their shards and go on answering, but none can take another shard over: those of "
        "a pod that ends are silent until Redis is back."
    )


def _starts(starts: Starts) -> str:
    until = dt.datetime.fromtimestamp(starts.until, dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
    left = f"Only {starts.remaining} of {starts.total} session starts are left until {until}."
    if starts.spent:
        meanwhile = "Until then no session begins, and a shard that loses its own is silent"
    else:
        meanwhile = "A shard that loses its session waits minutes for another one"
    return (
        f"{left} {meanwhile}, because Discord resets the token of whoever spends them all. See why sessions "
        "end: pods that crash without Redis, or something else that uses the same token."
    )
