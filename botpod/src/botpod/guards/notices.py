"""What the bot says when a guard holds somebody back: short, polite, no blame."""

from __future__ import annotations

import math

BUSY = "I have more to answer than I can manage right now. Please try again in a minute."


def rate_limited(retry_after: float) -> str:
    """Ask somebody to slow down; ``retry_after`` in seconds."""
    seconds = max(1, math.ceil(retry_after))
    unit = "second" if seconds == 1 else "seconds"
    return f"You are writing faster than I can answer. Please give me about {seconds} {unit}."


def failed(correlation_id: str) -> str:
    """Admit an error of ours and give the number under which it can be found in the logs."""
    return f"Sorry, something went wrong on my side. If it stays, please report it with `{correlation_id}`."
