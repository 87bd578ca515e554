"""Asks each bot's pods about once a minute how they stand, also while nothing is brought to them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from botpod_operator.usage.debounce import Debounce
from botpod_operator.usage.health import WELL, health
from botpod_operator.watch.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod_operator.identity import BotKey
    from botpod_operator.usage.health import Health
    from botpod_operator.usage.pods import Pod
    from botpod_operator.usage.report import Report
    from botpod_operator.watch.queue import Queue
    from botpod_operator.watch.rollout import Rollout

SOON_SECONDS = 5.0
"""After a bot's pods changed: a Redis that they can't reach may be the reason, and then somebody waits."""
LIST_EVERY = 10
"""Looks after which pods are listed again, though neither their Deployment nor they told of a change."""
AT_ONCE, OF_ONE = 256, 4
"""Pods asked side by side, of all bots and of one: pods that don't answer hold up their like alone."""


class PodAccess(Protocol):
    """Whoever reaches the pods."""

    async def running(self, bot: BotKey) -> tuple[Pod, ...]:
        """Return the bot's running pods."""

    async def ask(self, pod: Pod) -> Report | None:
        """Return what a pod says; None where it doesn't answer."""


@dataclass(slots=True)
class _Probe:
    counts: tuple[int, int, int]
    """Pods there are, that are of the newest template, and that are ready."""
    pods: tuple[Pod, ...] | None = None
    """None where they are to be listed: the API server is asked for that only when there is a reason."""
    looks: int = 0
    debounce: Debounce = field(default_factory=Debounce)


class Prober:
    """One bot after the other; ``notify`` is called when there is something else to tell of it.

    ``now`` is in seconds since the epoch.
    """

    def __init__(
        self,
        *,
        pods: PodAccess,
        queue: Queue[BotKey],
        notify: Callable[[BotKey], None],
        now: Callable[[], float],
        jitter: Callable[[float, float], float],
    ) -> None:
        self._pods = pods
        self._queue = queue
        self._notify = notify
        self._now = now
        self._jitter = jitter
        self._probes: dict[BotKey, _Probe] = {}
        self._room: Turns[BotKey] = Turns(total=AT_ONCE, each=OF_ONE)

    def follow(self, bot: BotKey, rollout: Rollout | None) -> Health | None:
        """Ask a bot's pods from now on; return what there is to tell of them, None while nobody knows."""
        counts = (rollout.replicas, rollout.updated, rollout.ready) if rollout else (0, 0, 0)
        probe = self._probes.get(bot)
        if probe is None:
            probe = self._probes[bot] = _Probe(counts=counts)
            # After a start there are all bots at once.
            self._ask_in(bot, probe, self._jitter(0.0, probe.debounce.seconds))
        elif probe.counts != counts:
            probe.counts, probe.pods = counts, None
            self._ask_in(bot, probe, self._jitter(SOON_SECONDS, SOON_SECONDS * 2))
        if _none(probe):
            probe.debounce = Debounce()
            return WELL
        return probe.debounce.told

    def forget(self, bot: BotKey) -> None:
        """Ask nothing more about a bot."""
        self._probes.pop(bot, None)

    async def look(self, bot: BotKey) -> float | None:
        """Ask a bot's pods once; return in how many seconds to ask again.

        Raises:
            OperatorError: the API server didn't tell of the pods.
        """
        probe = self._probes.get(bot)
        if probe is None or _none(probe):
            return None
        counts = probe.counts
        pods = probe.pods if probe.looks % LIST_EVERY else None
        if pods is None:
            pods = await self._pods.running(bot)
        reports = await asyncio.gather(*(self._ask(bot, pod) for pod in pods))
        if self._probes.get(bot) is not probe or _none(probe):
            return None
        probe.looks += 1
        # One that doesn't answer may be gone, and its address be another's soon.
        probe.pods = None if probe.counts != counts or None in reports or not pods else pods
        before = probe.debounce.told
        seen = health((report.health for report in reports if report is not None), now=self._now())
        probe.debounce = probe.debounce.after(seen)
        if probe.debounce.told != before:
            self._notify(bot)
        seconds = probe.debounce.seconds
        return self._jitter(seconds, seconds * 1.2)

    async def _ask(self, bot: BotKey, pod: Pod) -> Report | None:
        async with self._room.turn(bot):
            return await self._pods.ask(pod)

    def _ask_in(self, bot: BotKey, probe: _Probe, seconds: float) -> None:
        if not _none(probe):
            self._queue.add_after(bot, seconds)


def _none(probe: _Probe) -> bool:
    return not probe.counts[0]
