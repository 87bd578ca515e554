"""Durations as Kubernetes writes them."""

from __future__ import annotations

import re

_SECONDS = {"h": 3600, "m": 60, "s": 1}


def seconds(text: str) -> int:
    """Return the seconds in a duration such as ``1h30m`` or ``30s``."""
    return sum(int(number) * _SECONDS[unit] for number, unit in re.findall(r"(\d+)([hms])", text))
