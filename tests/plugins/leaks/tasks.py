"""Which asyncio tasks still work when their loop is closed: nobody waits for them, nobody cancelled them."""

from __future__ import annotations

import asyncio
import asyncio.runners
from typing import Any

_cancel_all = asyncio.runners._cancel_all_tasks  # type: ignore[attr-defined]


class LeftTasks:
    """Notes them as a runner of asyncio is about to cancel them; it does so in silence."""

    def __init__(self) -> None:
        self._left: list[str] = []

    def watch(self) -> None:
        """Look at every runner from now on."""
        asyncio.runners._cancel_all_tasks = self._cancel  # type: ignore[attr-defined]

    def unwatch(self) -> None:
        """Leave the runners alone."""
        asyncio.runners._cancel_all_tasks = _cancel_all  # type: ignore[attr-defined]

    def take(self) -> list[str]:
        """Return what was noted since the last call."""
        left, self._left = self._left, []
        return left

    def _cancel(self, loop: asyncio.AbstractEventLoop) -> Any:
        # One that was told to end may take its time.
        self._left += [_told(task) for task in asyncio.all_tasks(loop) if not task.cancelling()]
        return _cancel_all(loop)


def _told(task: asyncio.Task[Any]) -> str:
    frames = task.get_stack(limit=1)
    where = f" at {frames[0].f_code.co_filename}:{frames[0].f_lineno}" if frames else ""
    return f"a task that still works: {task.get_name()}: {task.get_coro()!r}{where}"
