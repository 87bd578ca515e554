"""Has one pod of a bot try credentials at those who will receive them, and hears what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod_credentials.errors import CredentialsUnusable
    from botpod_credentials.judgement import Verdict
    from botpod_operator.identity import BotKey
    from botpod_operator.usage.pods import Pod
    from botpod_operator.watch.queue import Queue

type Told = Verdict | CredentialsUnusable

FIRST_SECONDS, MOST_SECONDS = 0.1, 5.0
"""Between two tries to find a pod that answers: the first one may not have started yet."""
MARK_AGAIN_EVERY = 4
"""Tries after which the pods are touched again: a kubelet may have looked before its copy was the newest."""
LONG_SECONDS, AFTER_TRIES = 60.0, 60
"""Some five minutes later nobody sits and waits any more."""
BRIEF_SECONDS = 5.0
"""A pod that says nothing for longer may be at it, or may not mean to; another one is not asked meanwhile."""
SLOW_TRIES = 6
"""After some five seconds people are told that it takes time."""


class Triers(Protocol):
    """Whoever reaches the pods."""

    async def triers(self, bot: BotKey) -> tuple[Pod, ...]:
        """Return the bot's pods that can try credentials, the oldest first."""

    async def mark(self, bot: BotKey, pod: Pod, mark: str) -> None:
        """Touch a pod so that its kubelet looks."""

    async def try_out(self, pod: Pod, digest: str) -> Told | None:
        """Return what a pod says of the values of this digest; None where it doesn't know of them yet."""


@dataclass(slots=True)
class _Trial:
    digest: str
    tries: int = 0
    told: Told | None = None
    late: frozenset[str] = frozenset()
    """Pods that took long and then had nothing to say: the others are asked before them."""

    @property
    def slow(self) -> bool:
        return self.tries >= SLOW_TRIES


class Trials:
    """One trial per bot; ``notify`` is called when its answer is there."""

    def __init__(
        self,
        *,
        pods: Triers,
        queue: Queue[BotKey],
        notify: Callable[[BotKey], None],
        clock: Callable[[], float],
        jitter: Callable[[float, float], float],
    ) -> None:
        self._pods = pods
        self._queue = queue
        self._notify = notify
        self._clock = clock
        self._jitter = jitter
        self._trials: dict[BotKey, _Trial] = {}

    def told(self, bot: BotKey, digest: str) -> Told | None:
        """Return what a pod said of these values, once; until then have one asked and return None."""
        trial = self._trials.get(bot)
        if trial is None or trial.digest != digest:
            self._trials[bot] = _Trial(digest=digest)
            self._queue.add(bot)
            return None
        if trial.told is not None:
            del self._trials[bot]
        return trial.told

    def slow(self, bot: BotKey) -> bool:
        """Return whether no pod has answered for a while."""
        trial = self._trials.get(bot)
        return trial is not None and trial.slow

    def hangs(self, bot: BotKey) -> bool:
        """Return whether pods of a bot took long and then had nothing to say: it waits behind its like."""
        trial = self._trials.get(bot)
        return trial is not None and bool(trial.late)

    def forget(self, bot: BotKey) -> None:
        """Ask nothing more about a bot."""
        self._trials.pop(bot, None)

    async def ask(self, bot: BotKey) -> float | None:
        """Look for a pod that answers; return in how many seconds to look again.

        Raises:
            OperatorError: the API server didn't tell of the pods.
        """
        trial = self._trials.get(bot)
        if trial is None or trial.told is not None:
            return None
        pods = await self._pods.triers(bot)
        told = await self._first_to_tell(trial, pods)
        if self._trials.get(bot) is not trial:
            return 0.0
        if told is not None:
            trial.told = told
            self._notify(bot)
            return None
        if trial.tries % MARK_AGAIN_EVERY == 0:
            for pod in pods:
                await self._pods.mark(bot, pod, f"{trial.digest}.{trial.tries}")
        trial.tries += 1
        if trial.tries == SLOW_TRIES:
            self._notify(bot)
        seconds = min(MOST_SECONDS, FIRST_SECONDS * 2.0 ** min(trial.tries - 1, 16))
        if trial.tries > AFTER_TRIES:
            seconds = LONG_SECONDS
        return self._jitter(seconds, seconds * 1.2)

    async def _first_to_tell(self, trial: _Trial, pods: tuple[Pod, ...]) -> Told | None:
        """Ask one pod after the other: the first that knows of the trial is the only one that asks a vendor.

        One that takes long and has nothing to say is the last of this look; the next begins with the others.
        """
        began = self._clock()
        for pod in sorted(pods, key=lambda pod: pod.name in trial.late):
            asked = self._clock()
            told = await self._pods.try_out(pod, trial.digest)
            if told is not None:
                return told
            if self._clock() - asked > BRIEF_SECONDS:
                trial.late |= {pod.name}
            if self._clock() - began > BRIEF_SECONDS:
                break
        return None
