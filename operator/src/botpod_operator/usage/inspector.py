"""Asks the API server what keeps pods from serving, as long as there is a rollout that isn't complete."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod_operator.identity import BotKey
    from botpod_operator.usage.ailments import Ailment
    from botpod_operator.watch.queue import Queue
    from botpod_operator.watch.rollout import Rollout

FIRST_SECONDS, MOST_SECONDS = 4.0, 60.0
"""Most pods are up before the first, and nobody is asked; then about once a minute, also for days."""


class PodAccess(Protocol):
    """Whoever knows the pods."""

    async def ailments(self, bot: BotKey) -> tuple[Ailment, ...]:
        """Return what keeps the bot's pods from serving."""


@dataclass(slots=True)
class _Case:
    rollout: Rollout
    tries: int = 0
    found: tuple[Ailment, ...] = ()


class Inspector:
    """One bot after the other; ``notify`` is called when there is something else to tell of its pods."""

    def __init__(
        self,
        *,
        pods: PodAccess,
        queue: Queue[BotKey],
        notify: Callable[[BotKey], None],
        jitter: Callable[[float, float], float],
    ) -> None:
        self._pods = pods
        self._queue = queue
        self._notify = notify
        self._jitter = jitter
        self._cases: dict[BotKey, _Case] = {}

    def follow(self, bot: BotKey, rollout: Rollout | None) -> tuple[Ailment, ...]:
        """Ask about a bot's pods while they are on their way; return what is known of them."""
        if rollout is None or rollout.complete:
            self.forget(bot)
            return ()
        case = self._cases.get(bot)
        if case is None:
            case = self._cases[bot] = _Case(rollout)
            self._queue.add_after(bot, self._jitter(FIRST_SECONDS, FIRST_SECONDS * 1.5))
        elif case.rollout != rollout:
            case.rollout, case.tries = rollout, 0
            self._queue.add_after(bot, self._jitter(FIRST_SECONDS, FIRST_SECONDS * 1.5))
        return case.found

    def told(self, bot: BotKey) -> tuple[Ailment, ...]:
        """Return what is known of a bot's pods."""
        case = self._cases.get(bot)
        return case.found if case else ()

    def forget(self, bot: BotKey) -> None:
        """Ask nothing more about a bot."""
        self._cases.pop(bot, None)

    async def look(self, bot: BotKey) -> float | None:
        """Ask about a bot's pods once; return in how many seconds to ask again.

        Raises:
            OperatorError: the API server didn't tell of the pods.
        """
        case = self._cases.get(bot)
        if case is None:
            return None
        found = await self._pods.ailments(bot)
        if self._cases.get(bot) is not case:
            return None
        case.tries += 1
        if found != case.found:
            case.found = found
            self._notify(bot)
        seconds = min(MOST_SECONDS, FIRST_SECONDS * 2.0 ** min(case.tries, 8))
        return self._jitter(seconds, seconds * 1.2)
