"""Finds what was deleted while nobody watched: what is known and in no list any more."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Protocol

from botpod_operator.errors import OperatorError
from botpod_operator.identity import BOT_LABEL, MANAGED_BY
from botpod_operator.kube.resources import BOT_CLASS, BOT_INSTANCE, CHILDREN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botpod_operator.identity import BotKey
    from botpod_operator.kube.resources import Resource
    from botpod_operator.watch.intake import Intake
    from botpod_operator.watch.store import Child, Object, Store

GATHER_SECONDS = 2.0
"""How long lists are gathered before one comparison: the watches of all kinds tend to begin anew together."""
AGAIN_SECONDS = 10.0

logger = logging.getLogger(__name__)


class Lister(Protocol):
    """Whoever lists (the API server)."""

    async def uids(
        self, resource: Resource, *, namespace: str | None, labels: dict[str, str]
    ) -> frozenset[str]:
        """Return the uids of all objects that there are now."""


class Sleep(Protocol):
    """Waits, as ``asyncio.sleep`` does."""

    async def __call__(self, delay: float, /) -> None:
        """Wait that many seconds."""


class Resync:
    """Compares what is known with what there is, when it is told to."""

    def __init__(
        self, *, kube: Lister, store: Store, namespaces: tuple[str, ...], sleep: Sleep = asyncio.sleep
    ) -> None:
        self._kube = kube
        self._store = store
        self._namespaces: tuple[str | None, ...] = namespaces or (None,)
        self._sleep = sleep
        self._due = asyncio.Event()

    def due(self) -> None:
        """Have it compared soon."""
        self._due.set()

    async def run(self, intake: Intake) -> None:
        """Compare whenever it is due, for ever."""
        while True:
            await self._due.wait()
            await self._sleep(GATHER_SECONDS)
            self._due.clear()
            try:
                await self.compare(intake)
            except Exception as error:
                told = {"error": type(error).__name__, "detail": str(error)}
                # An error of our own explains itself; anything else is a bug, and its traceback helps.
                known = isinstance(error, OperatorError)
                logger.warning(
                    "not compared with what there is", extra=told, exc_info=None if known else error
                )
                await self._sleep(AGAIN_SECONDS)
                self._due.set()

    async def compare(self, intake: Intake) -> None:
        """Let the intake know of everything that is gone.

        What is known before the list and not in it is gone: lists are of the newest state.
        """
        known = self._store.all_bots()
        for live in _gone(known, await self._there(BOT_INSTANCE, {})):
            intake.bot(live, deleted=True)
        known = self._store.all_classes()
        for live in _gone(known, await self._kube.uids(BOT_CLASS, namespace=None, labels={})):
            intake.botclass(live, deleted=True)
        for kind, resource in CHILDREN.items():
            known = tuple(_named(key, child) for key, child in self._store.all_children(kind))
            for live in _gone(known, await self._there(resource, MANAGED_BY)):
                intake.child(kind, live, deleted=True)

    async def _there(self, resource: Resource, labels: dict[str, str]) -> frozenset[str]:
        found: frozenset[str] = frozenset()
        for namespace in self._namespaces:
            found |= await self._kube.uids(resource, namespace=namespace, labels=labels)
        return found


def _named(key: BotKey, child: Child) -> Object:
    """Return as much of a child as tells which one it is."""
    return {
        "metadata": {
            "namespace": key.namespace,
            "name": f"bot-{key.name}",
            "uid": child.uid,
            "labels": {BOT_LABEL: key.name},
        }
    }


def _gone(known: tuple[Object, ...], there: frozenset[str]) -> Iterator[Object]:
    for live in known:
        if live["metadata"]["uid"] not in there:
            logger.info("gone while nobody watched", extra={"object": live["metadata"]["name"]})
            yield live
