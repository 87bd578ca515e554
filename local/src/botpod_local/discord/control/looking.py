"""Looking inside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botpod_local.discord.control.finding import (
    ControlError,
    find_application,
    find_channel,
    find_user,
    number_in,
)
from botpod_local.discord.control.snapshot import snapshot
from botpod_local.discord.payloads.messages import message_payload
from botpod_local.discord.world.commands import commands_in

if TYPE_CHECKING:
    from botpod_local.discord.gateway.hub import Hub
    from botpod_local.discord.record import Record
    from botpod_local.discord.world.world import World


class Looking:
    """Reads; changes nothing."""

    def __init__(self, *, world: World, hub: Hub, record: Record) -> None:
        self._world = world
        self._hub = hub
        self._record = record

    def state(self, user: str | int | None = None) -> dict[str, Any]:
        """Return the world as one person sees it, or all of it (see ``snapshot``)."""
        viewer = None if user is None else find_user(self._world, user)
        return snapshot(self._world, self._hub, viewer)

    def messages(
        self,
        channel: str | int,
        user: str | int | None = None,
        limit: int = 50,
        before: str | None = None,
    ) -> list[dict[str, Any]]:
        """Return a channel's last messages, oldest first, with those that only ``user`` sees.

        Args:
            channel: which.
            user: who looks; left out: everything, whoever may see it.
            limit: at most so many.
            before: only those before this message's id.
        """
        viewer = None if user is None else find_user(self._world, user)
        place = find_channel(self._world, channel, actor=viewer)
        end = None if before is None else number_in(before)
        if before is not None and end is None:
            raise ControlError(f"before names a message by its id; {before!r} is none.")
        seen = [
            m
            for m in place.messages.values()
            if (viewer is None or m.ephemeral_for in {None, viewer.id}) and (end is None or m.id < end)
        ]
        viewer_id = viewer.id if viewer else None
        last = seen[max(0, len(seen) - limit) :]
        return [message_payload(self._world, m, viewer_id=viewer_id) for m in last]

    def commands(self, bot: str | int | None = None) -> list[dict[str, Any]]:
        """Return a bot's global commands."""
        return list(commands_in(find_application(self._world, bot), None).values())

    def sessions(self) -> list[dict[str, Any]]:
        """Return every gateway session, connected or waiting to be resumed.

        One ``lingers`` that goes on with a token which was reset.
        """
        self._hub.expire()
        return [
            {
                "id": s.id,
                "application_id": str(s.application.id),
                "shard": list(s.shard),
                "intents": s.intents,
                "seq": s.seq,
                "connected": s.line is not None,
                "lingers": s.token != s.application.token,
            }
            for s in self._hub.sessions.values()
        ]

    def counters(self) -> dict[str, int]:
        """Return all counters (see ``Record``); what never happened is left out."""
        return dict(self._record.counters)

    def budget(self, bot: str | int | None = None) -> dict[str, int]:
        """Return how many session starts a bot has left."""
        budget = self._hub.budget(find_application(self._world, bot))
        now = self._world.now()
        return {"total": budget.total, "remaining": budget.remaining(now)}

    def record(self, after: int = 0, kind: str | None = None, limit: int = 10_000) -> list[dict[str, Any]]:
        """Return what happened since entry number ``after``, oldest first (see ``Record``)."""
        return self._record.entries(after=after, kind=kind, most=limit)
