"""What the bot says when a guard holds somebody back: short, polite, no blame."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from botpod.permissions.names import in_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

BUSY = "I have more to answer than I can manage right now. Please try again in a minute."


def crowded(people: Iterable[int]) -> str:
    """Tell people, by Discord's ids, that what they wrote was not read; it names them and calls nobody."""
    named = ", ".join(f"<@{one}>" for one in people)
    return (
        f"{named}: so many write to me here at once that I could not read this. Please ask again in a minute."
    )


def rate_limited(retry_after: float) -> str:
    """Ask somebody to slow down; ``retry_after`` in seconds."""
    seconds = max(1, math.ceil(retry_after))
    unit = "second" if seconds == 1 else "seconds"
    return f"You are writing faster than I can answer. Please give me about {seconds} {unit}."


def lacks(command: str, missing: Sequence[str]) -> str:
    """Say which permissions a command needs that somebody lacks: ``missing``, by name, at least one."""
    *others, last = map(in_words, missing)
    if not others:
        return f"`{command}` needs the permission {last}."
    return f"`{command}` needs the permissions {', '.join(others)} and {last}."


def only_in_servers(command: str) -> str:
    """Say that a command needs permissions, which nobody has in a direct message."""
    return f"`{command}` can only be used in a server."


def unchecked(command: str) -> str:
    """Say that Discord didn't tell whether somebody may use a command."""
    return f"I could not check whether you may use `{command}`. Please try again in a minute."


def failed(correlation_id: str) -> str:
    """Admit an error of ours and give the number under which it can be found in the logs."""
    return f"Sorry, something went wrong on my side. If it stays, please report it with `{correlation_id}`."
