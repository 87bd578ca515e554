"""Whose connection is closed where there are too many. Pure."""

from __future__ import annotations

from collections import Counter
from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable


class Phase(Enum):
    """What a connection does."""

    SILENT = auto()
    """It hasn't sent anything."""
    ASKING = auto()
    """It hasn't sent the whole of a request's headers."""
    SENDING = auto()
    """It hasn't sent the whole of a request's body."""
    LEAVING = auto()
    """It was refused, and goes on sending."""
    READING = auto()
    """It hasn't read the whole of its answer."""
    IDLE = auto()
    """It was answered."""
    SERVED = auto()
    """Its request is being handled: it keeps its place."""


class Placed(Protocol):
    """A connection; ``peer`` is the address it comes from, ``since`` when it began."""

    @property
    def phase(self) -> Phase:
        """What it does."""
        ...

    @property
    def peer(self) -> str:
        """Where it comes from."""
        ...

    @property
    def since(self) -> float:
        """How long ago it began, on a clock of the loop's."""
        ...


def victim[P: Placed](connections: Iterable[P]) -> P | None:
    """Return which of the ``connections`` is to be closed; None where all are served.

    It is one that keeps the port waiting, or else an idle one: the one that has done so for longest, of the
    address that has most of them. An honest question takes a moment, so that it is hardly ever the oldest.
    There is no bound for one address: behind a proxy, or a node, everybody has the same one.
    """
    closable = [one for one in connections if one.phase is not Phase.SERVED]
    owing = [one for one in closable if one.phase is not Phase.IDLE] or closable
    crowds = Counter(one.peer for one in owing)
    return max(owing, key=lambda one: (crowds[one.peer], -one.since), default=None)
