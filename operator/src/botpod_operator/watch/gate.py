"""Between the watches and the queue: nothing is looked at until this process acts, then everything is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botpod_operator.identity import BotKey
    from botpod_operator.watch.queue import Queue
    from botpod_operator.watch.store import Store


class Gate:
    """Lets keys through once it is open.

    What was seen before needs no queue of its own: the store has it, and a look asks what is.
    """

    def __init__(self, *, store: Store, queue: Queue[BotKey]) -> None:
        self._store = store
        self._queue = queue
        self._open = False

    @property
    def is_open(self) -> bool:
        """Whether keys pass."""
        return self._open

    def open(self) -> None:
        """Have every bot looked at that was seen so far, and from now on each at once."""
        self._open = True
        for key in self._store.bots():
            self._queue.add(key, one_of_many=True)

    def enqueue(self, key: BotKey, *, one_of_many: bool = False) -> None:
        """Have the bot looked at, if it is time."""
        if self._open:
            self._queue.add(key, one_of_many=one_of_many)
