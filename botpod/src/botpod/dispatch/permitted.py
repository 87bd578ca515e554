"""Whether somebody may use the command they used; asked before a skill hears of it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from botpod.errors import BotpodError
from botpod.guards import notices
from botpod.permissions.names import missing

if TYPE_CHECKING:
    from botpod.dispatch.port import Permissions
    from botpod.router import Routed

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not: for the count, and in a sentence for whoever asked."""

    reason: Literal["permission", "unchecked"]
    notice: str


async def refusal(routed: Routed, permissions: Permissions) -> Refusal | None:
    """Return why ``routed`` must not be passed on; None where it may.

    With an interaction Discord sends what its author may do; for a message it is asked. What can't be found
    out is refused.
    """
    if not routed.requires:
        return None
    author, place = routed.event.author, routed.event.place
    if place.guild_id is None:
        return Refusal("permission", notices.only_in_servers(routed.written))
    held = author.permissions
    if held is None:
        try:
            held = await permissions(author, place)
        except BotpodError as error:
            log.warning(
                "It could not be found out what somebody may do: %s", error, extra={"user": author.id}
            )
            return Refusal("unchecked", notices.unchecked(routed.written))
    lacking = missing(routed.requires, held)
    return Refusal("permission", notices.lacks(routed.written, lacking)) if lacking else None
