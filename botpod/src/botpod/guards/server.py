"""Who counts as one server where servers share something."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable

    from botpod.events import Place


def server_of(place: Place) -> Hashable:
    """Return the key of a place's server; each person's direct messages are one of their own."""
    return ("direct", place.channel_id) if place.guild_id is None else ("server", place.guild_id)
