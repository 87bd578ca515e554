"""Keeps in each BotClass's status who uses it, so that it isn't pulled from under its bots unnoticed.

The chart's admission policy refuses to delete a class that has users. No finalizer does that: it would keep a
class for ever where no operator runs any more.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from botpod_operator.api import API_VERSION
from botpod_operator.errors import NotFound, OperatorError
from botpod_operator.identity import MANAGER
from botpod_operator.kube.resources import BOT_CLASS
from botpod_operator.logs import correlated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from botpod_operator.identity import BotKey
    from botpod_operator.kube.client import Kube
    from botpod_operator.watch.queue import Queue
    from botpod_operator.watch.store import Object, Store

EXAMPLES = 5
"""Bots that are named; the rest are counted."""
GATHER_SECONDS = 1.0
"""How long it must be quiet before one write: a thousand new bots are no thousand writes."""
MOST_SECONDS = 30.0
"""The longest that a write waits for quiet; a thousand bots are listed at a start within half of it."""
LOOK_SECONDS = 15.0

logger = logging.getLogger(__name__)


def users(namespace: str, keys: Iterable[BotKey]) -> list[dict[str, Any]]:
    """Return the entry of the operator in ``namespace`` for a class that these bots name, none for none."""
    names = sorted(map(str, keys))
    if not names:
        return []
    return [{"operatorNamespace": namespace, "count": len(names), "examples": names[:EXAMPLES]}]


def written(live: Object, namespace: str) -> list[dict[str, Any]]:
    """Return the entry of the operator in ``namespace`` that a class has."""
    entries = live.get("status", {}).get("users", ())
    return [entry for entry in entries if entry["operatorNamespace"] == namespace]


class Classes:
    """Writes who uses which class; each operator only its own entry, under a manager's name of its own."""

    def __init__(
        self, *, kube: Kube, store: Store, queue: Queue[str], namespace: str, clock: Callable[[], float]
    ) -> None:
        self._kube = kube
        self._store = store
        self._queue = queue
        self._namespace = namespace
        self._clock = clock
        self._news: dict[str, tuple[float, float]] = {}

    def enqueue(self, name: str) -> None:
        """Have the users of a class counted once there is no more news of them for a moment."""
        now = self._clock()
        first, _ = self._news.get(name, (now, now))
        self._news[name] = (first, now)
        self._queue.add_after(name, GATHER_SECONDS)

    async def run(self) -> None:
        """Count and write for ever."""
        while True:
            name = await self._queue.get()
            try:
                early = self._early(name)
                if early > 0:
                    self._queue.add_after(name, early)
                    continue
                with correlated(f"class/{name}"):
                    await self._look(name)
            finally:
                self._queue.done(name)

    def _early(self, name: str) -> float:
        """Return in how many seconds to count: while bots are still coming in, it would be wrong."""
        first, last = self._news.get(name, (0.0, 0.0))
        due = min(last + GATHER_SECONDS, first + MOST_SECONDS)
        early = due - self._clock()
        if early <= 0:
            self._news.pop(name, None)
        return early

    async def _look(self, name: str) -> None:
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await self._write(name)
        except (OperatorError, TimeoutError) as error:
            again = self._queue.retry(name)
            told = {"error": type(error).__name__, "detail": str(error), "again_in": round(again, 1)}
            logger.warning("users of a class not written", extra=told)
        else:
            self._queue.succeeded(name)

    async def _write(self, name: str) -> None:
        live = self._store.botclass(name)
        if live is None:
            return
        wanted = users(self._namespace, self._store.bots_of_class(name))
        if wanted == written(live, self._namespace):
            return
        manifest = {
            "apiVersion": API_VERSION,
            "kind": BOT_CLASS.kind,
            "metadata": {"name": name},
            "status": {"users": wanted},
        }
        manager = f"{MANAGER}.{self._namespace}"
        try:
            live = await self._kube.apply(BOT_CLASS, manifest, sub="status", manager=manager)
        except NotFound:
            return  # deleted meanwhile
        if self._store.botclass(name) is not None:  # else deleted meanwhile; it must not come back
            self._store.see_class(live)
