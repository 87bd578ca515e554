"""What the shards of a process are to do while the bot's number of shards changes. Pure.

The shards of one count are a set. One set serves. Another one, of pods that were started with another count,
comes up muted beside it: connected, and keeping what it hears. Once all of it is connected it serves, and
hands on what it kept; the ledger of ``botpod.inbox`` knows what the other one has handled. That one retires.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botpod.state.port import Serving


class Role(Enum):
    """What this process's set does."""

    MUTED = auto()
    """It is connected, and keeps what it hears for itself."""
    SERVING = auto()
    RETIRED = auto()
    """Another set serves, and this one has no connections; it serves again if that one is gone."""


def next_role(role: Role | None, *, serving: Serving | None, count: int) -> Role | None:
    """Return the role after hearing which set serves: None where nobody could be asked.

    ``role`` is None as long as this was never heard.
    """
    if serving is None:
        return role
    if serving.count == count:
        return Role.SERVING
    # One that is older never takes the other's place; it must be seen as done, or it couldn't be replaced.
    return Role.MUTED if role in {None, Role.MUTED} and serving.ours_is_newer else Role.RETIRED
