"""From what a watch shows to the keys that must be looked at. No I/O, no decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from botpod_operator.identity import BotKey
    from botpod_operator.watch.store import Object, Store


class Enqueue(Protocol):
    """Puts a bot's key into the queue."""

    def __call__(self, key: BotKey) -> None:
        """Have the bot looked at soon."""


class Intake:
    """Takes in watch events: updates the store and enqueues the bots that are concerned."""

    def __init__(self, *, store: Store, enqueue: Enqueue) -> None:
        self._store = store
        self._enqueue = enqueue

    def bot(self, live: Object, *, deleted: bool) -> None:
        """A BotInstance was seen."""
        self._enqueue(self._store.see_bot(live, deleted=deleted))

    def botclass(self, live: Object, *, deleted: bool) -> None:
        """A BotClass was seen: every bot that names it is concerned."""
        name = self._store.see_class(live, deleted=deleted)
        for key in self._store.bots_of_class(name):
            self._enqueue(key)

    def child(self, kind: str, live: Object, *, deleted: bool) -> None:
        """A child was seen."""
        key = self._store.see_child(kind, live, deleted=deleted)
        if key is not None:
            self._enqueue(key)
