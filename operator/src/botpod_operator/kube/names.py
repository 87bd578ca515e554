"""Which names other people's objects have: one list for all the bots that ask at about the same time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod_operator.kube.client import Kube
    from botpod_operator.kube.resources import Resource

SHARED_SECONDS = 1.0
"""How old a list may be. What it missed is found when the child is made, which never takes anything over."""


@dataclass(frozen=True, slots=True)
class _List:
    asked_at: float
    names: asyncio.Task[frozenset[str]]


class Names:
    """The names of other people's objects."""

    def __init__(self, *, kube: Kube, clock: Callable[[], float]) -> None:
        self._kube = kube
        self._clock = clock
        self._lists: dict[tuple[str, str], _List] = {}

    async def taken(self, resource: Resource, namespace: str) -> frozenset[str]:
        """Return the names of the objects of this kind without our label.

        Raises:
            OperatorError: they can't be listed.
        """
        now = self._clock()
        known = self._lists.get((resource.kind, namespace))
        if known is None or now - known.asked_at > SHARED_SECONDS or _failed(known.names):
            # A thousand bots are made within a minute, then none for days.
            self._lists = {
                which: one for which, one in self._lists.items() if now - one.asked_at <= SHARED_SECONDS
            }
            asking = asyncio.create_task(self._kube.others(resource, namespace=namespace), name="names")
            known = self._lists[resource.kind, namespace] = _List(now, asking)
        # Who gives up waiting must not take it from the others.
        return await asyncio.shield(known.names)


def _failed(asked: asyncio.Task[frozenset[str]]) -> bool:
    return asked.done() and (asked.cancelled() or asked.exception() is not None)
