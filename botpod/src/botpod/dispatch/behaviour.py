"""What may change while the bot runs: its skills' settings, its limits, how it replies."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botpod.guards.fair import FairSlots
from botpod.guards.server import server_of
from botpod.guards.slots import Slots

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from botpod.config.schema import LimitsSection
    from botpod.events import Place
    from botpod.replies.port import ReplyPort
    from botpod.skills.protocol import Reply, Skill


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """One state of it; a request keeps to the one it began with."""

    skills: Mapping[str, Skill]
    limits: LimitsSection
    reply: Callable[[ReplyPort], Reply]
    places: Places = field(init=False)
    """Where requests wait. Requests of another behaviour wait elsewhere, for the moment that they last."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "places", Places(self.limits))


class Places:
    """How many requests run at once: per user, per channel, and in all, where servers take turns."""

    def __init__(self, limits: LimitsSection) -> None:
        self._per_user = Slots(limits.concurrent_per_user)
        self._per_channel = Slots(limits.concurrent_per_channel)
        self._whole = FairSlots(limits.concurrent)

    @asynccontextmanager
    async def hold(self, *, user: int, place: Place) -> AsyncIterator[None]:
        """Wait for a place in each and keep them; the wait has no time-out of its own."""
        channel = ("channel", place.channel_id)
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._per_user.hold(user))
            await stack.enter_async_context(self._per_channel.hold(place.channel_id))
            await stack.enter_async_context(self._whole.hold(server=server_of(place), channel=channel))
            yield
