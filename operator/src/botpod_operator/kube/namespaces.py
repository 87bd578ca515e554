"""The labels of namespaces, for classes that select by them: one reading for all bots of a namespace."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botpod_operator.errors import Forbidden
from botpod_operator.kube.resources import NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod_operator.kube.client import Kube

SHARED_SECONDS = 5.0
"""How old labels may be that a class is judged by."""
AGAIN_SECONDS = 30.0
"""How soon a bot is looked at again whose class goes by labels: nobody watches namespaces."""

type Labels = dict[str, str]


@dataclass(frozen=True, slots=True)
class _Reading:
    asked_at: float
    labels: asyncio.Task[Labels | None]


class Namespaces:
    """Reads the labels of namespaces."""

    def __init__(self, *, kube: Kube, clock: Callable[[], float]) -> None:
        self._kube = kube
        self._clock = clock
        self._readings: dict[str, _Reading] = {}

    async def labels(self, name: str) -> Labels | None:
        """Return a namespace's labels, at most :data:`SHARED_SECONDS` old; None where we may not read them.

        Raises:
            OperatorError: they can't be read now.
        """
        now = self._clock()
        known = self._readings.get(name)
        if known is None or now - known.asked_at > SHARED_SECONDS or _failed(known.labels):
            self._readings = {
                which: one for which, one in self._readings.items() if now - one.asked_at <= SHARED_SECONDS
            }
            asking = asyncio.create_task(self._read(name), name="namespace")
            known = self._readings[name] = _Reading(now, asking)
        # Who gives up waiting must not take it from the others.
        return await asyncio.shield(known.labels)

    async def _read(self, name: str) -> Labels | None:
        try:
            live = await self._kube.get(NAMESPACE, name=name, metadata_only=True)
        except Forbidden:
            return None
        labels: Labels = (live or {"metadata": {}})["metadata"].get("labels") or {}
        return labels


def _failed(asked: asyncio.Task[Labels | None]) -> bool:
    return asked.done() and (asked.cancelled() or asked.exception() is not None)
