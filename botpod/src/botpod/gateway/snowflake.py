"""Discord's ids tell when something was made. Pure."""

from __future__ import annotations

_EPOCH_SECONDS = 1_420_070_400.0
_TIME_SHIFT = 22


def snowflake(seconds: float) -> int:
    """Return the smallest id of that moment, in seconds since 1970."""
    return max(0, round((seconds - _EPOCH_SECONDS) * 1000)) << _TIME_SHIFT


def made_at(snowflake: int) -> float:
    """Return when something with that id was made, in seconds since 1970."""
    return (snowflake >> _TIME_SHIFT) / 1000 + _EPOCH_SECONDS
