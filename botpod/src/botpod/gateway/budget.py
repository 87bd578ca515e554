"""How the day's session starts are made to last. Pure.

Discord ends every session and resets the token of whoever spends them all. While most of them are left a
session begins whenever it is its turn. Of the last fifth each waits, over all pods, so long that they last
until Discord counts anew: shards that serve nobody come back, and a crash loop can't spend what is left. The
very last are a person's, to start the bot again once it is mended.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botpod.gateway.rest import GatewayInfo

SCARCE, KEPT_BACK = 0.2, 0.02
"""Parts of the day's starts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """When the next session may begin.

    ``interval``: seconds between two of all pods, 0 where only Discord's own pace counts, None where none may
    begin before the count starts anew. ``problem`` is for people.
    """

    interval: float | None
    problem: str | None = None


def pace(info: GatewayInfo) -> Pace:
    """Decide from what Discord says is left."""
    if info.remaining > info.total * SCARCE:
        return Pace(interval=0.0)
    begun = (
        f"Only {info.remaining} of {info.total} session starts are left, for the next {info.reset_after:.0f}"
        " s: Discord resets the token of whoever spends them all;"
    )
    spendable = info.remaining - info.total * KEPT_BACK
    if spendable < 1:
        return Pace(interval=None, problem=f"{begun} no session begins until then.")
    interval = info.reset_after / spendable
    return Pace(
        interval=interval, problem=f"{begun} shards without a session begin one every {interval:.0f} s."
    )
