"""Brings pods to use what they shall, and finds out whether they do."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from botpod_operator.usage.report import Usage, usage
from botpod_operator.watch.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod_operator.identity import BotKey
    from botpod_operator.usage.pods import Pod
    from botpod_operator.usage.report import Report, Wanted
    from botpod_operator.watch.queue import Queue

FIRST_SECONDS, MOST_SECONDS = 0.05, 60.0
TRIES = 14
"""Asked at 0.05, 0.1, 0.2 … 60 s: about four minutes, the kubelet's own pace included. Then it rests until
something changes."""
MARK_AGAIN_EVERY = 4
"""Tries after which a pod is touched again: the kubelet may have looked before its copy was the newest."""

AT_ONCE, OF_ONE = 256, 8
"""Pods asked side by side, of all bots and of one."""


class PodAccess(Protocol):
    """Whoever reaches the pods."""

    async def running(self, bot: BotKey) -> tuple[Pod, ...]:
        """Return the bot's running pods."""

    async def mark(self, bot: BotKey, pod: Pod, mark: str) -> None:
        """Touch a pod so that its kubelet looks."""

    async def ask(self, pod: Pod) -> Report | None:
        """Return what a pod uses; None where it doesn't answer."""


@dataclass(slots=True)
class _Task:
    wanted: Wanted
    seen: tuple[int, int] | None = None
    """Pods that were ready, and that were starting, when they were last to be asked."""
    hurries: bool = False
    """Whether pods that weren't ready then are to be brought this, too: they may wait for just that."""
    tries: int = 0
    usage: Usage | None = None


class Confirmer:
    """One bot after the other; ``notify`` is called when what is known of a bot's pods changed."""

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
        self._tasks: dict[BotKey, _Task] = {}
        self._room: Turns[BotKey] = Turns(total=AT_ONCE, each=OF_ONE)

    def want(
        self, bot: BotKey, wanted: Wanted, *, ready: int, unready: int, direct: bool, confirmed: int
    ) -> Usage | None:
        """Have a bot's ``ready`` pods use what is wanted; return what is known of them so far.

        ``unready`` is how many others there are: with ``direct`` they wait for what is wanted before they
        start, and a new token is what those lack whose sessions died with the old one. ``confirmed`` is how
        many were found to use this delivery before, perhaps by another process: where that is all of them,
        nobody is asked.
        """
        task = self._tasks.get(bot)
        if task is None:
            self._tasks[bot] = task = _Task(wanted=wanted)
            if confirmed == ready and not (direct and unready):
                task.seen = (ready, 0)
        elif task.wanted != wanted:
            # What was known of the pods is of other credentials or of another configuration.
            self._tasks[bot] = task = _Task(wanted=wanted, hurries=unready > 0)
        starting = unready if direct or task.hurries else 0
        if task.seen == (ready, starting):
            return task.usage
        task.seen, task.tries = (ready, starting), 0
        if ready or starting:
            self._queue.add(bot)
        else:
            task.usage = usage(wanted, {})
        return task.usage

    def forget(self, bot: BotKey) -> None:
        """Ask nothing more about a bot."""
        self._tasks.pop(bot, None)

    async def confirm(self, bot: BotKey) -> float | None:
        """Ask a bot's pods once; return in how many seconds to ask again.

        Raises:
            OperatorError: the API server didn't tell of the pods.
        """
        task = self._tasks.get(bot)
        if task is None or task.seen in {None, (0, 0)}:
            return None
        pods = await self._pods.running(bot)
        reports = await asyncio.gather(*(self._ask(bot, pod) for pod in pods))
        if self._tasks.get(bot) is not task:
            return 0.0
        found = usage(task.wanted, {pod.name: said for pod, said in zip(pods, reports, strict=True)})
        if found != task.usage:
            task.usage = found
            self._notify(bot)
        # One that starts may have no address yet.
        if found.complete and task.seen is not None and found.pods >= sum(task.seen):
            return None
        again = task.tries % MARK_AGAIN_EVERY == 0
        mark = f"{task.wanted.mark}.{task.tries}" if task.tries else task.wanted.mark
        late = [pod for pod, said in zip(pods, reports, strict=True) if _late(said, pod, task.wanted)]
        if again:
            await asyncio.gather(*(self._pods.mark(bot, pod, mark) for pod in late if pod.mark != mark))
        task.tries += 1
        if task.tries > TRIES:
            return None
        seconds = min(MOST_SECONDS, FIRST_SECONDS * 2.0 ** (task.tries - 1))
        return self._jitter(seconds, seconds * 1.2)

    async def _ask(self, bot: BotKey, pod: Pod) -> Report | None:
        async with self._room.turn(bot):
            return await self._pods.ask(pod)


def _late(said: Report | None, pod: Pod, wanted: Wanted) -> bool:
    """Return whether touching a pod helps: one that doesn't answer is touched once, in case."""
    if said is None:
        return pod.mark is None or not pod.mark.startswith(wanted.mark)
    return not said.is_current(wanted)
