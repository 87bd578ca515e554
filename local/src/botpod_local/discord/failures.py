"""Requests that are told to fail. Pure but for counting down."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(slots=True, kw_only=True)
class Failure:
    """An order to fail requests.

    Attributes:
        status: what to answer; 0 resets the connection without an answer.
        count: how many more to fail.
        method: only these; ``*`` for all.
        path: a pattern over the path below ``/api/v10``, such as ``/channels/*/messages``.
        done: whether the request is carried out before its answer is lost.
        delay: seconds that the request hangs before it fails.
        retry_after: seconds, for a 429.
        scope: ``user``, ``global`` or ``shared``, for a 429.
        code: Discord's own number for it; 0 for none.
    """

    status: int
    count: int = 1
    method: str = "*"
    path: str = "*"
    done: bool = False
    delay: float = 0.0
    retry_after: float = 1.0
    scope: str = "user"
    code: int = 0


class Failures:
    """The orders that still stand, oldest first."""

    def __init__(self) -> None:
        self._orders: list[Failure] = []

    def add(self, order: Failure) -> None:
        """Take an order."""
        self._orders.append(order)

    def clear(self) -> None:
        """Forget all orders."""
        self._orders.clear()

    def take(self, method: str, path: str) -> Failure | None:
        """Return the order that this request falls under, counting it down."""
        for order in self._orders:
            if order.method in {"*", method} and fnmatchcase(path, order.path):
                order.count -= 1
                if order.count <= 0:
                    self._orders.remove(order)
                return order
        return None
