"""From what a watch shows to the keys that must be looked at. No I/O, no decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from botpod_operator.identity import BotKey

if TYPE_CHECKING:
    from botpod_operator.watch.store import Object, Store


class Enqueue(Protocol):
    """Puts a bot's key into the queue."""

    def __call__(self, key: BotKey, *, one_of_many: bool = False) -> None:
        """Have the bot looked at soon; after those that somebody waits for where it is one of many."""


class EnqueueClass(Protocol):
    """Puts a class's name into its queue."""

    def __call__(self, name: str) -> None:
        """Have the users of the class counted soon."""


class Shown(Protocol):
    """Hears that an object was shown."""

    def __call__(self, kind: str, *, listed: bool) -> None:
        """By a list, or by the watch that follows it."""


class Intake:
    """Takes in watch events: updates the store and enqueues the bots and classes that are concerned."""

    def __init__(self, *, store: Store, enqueue: Enqueue, enqueue_class: EnqueueClass, shown: Shown) -> None:
        self._store = store
        self._enqueue = enqueue
        self._enqueue_class = enqueue_class
        self.shown = shown
        self._told: dict[str, tuple[str, int]] = {}

    def bot(self, live: Object, *, deleted: bool) -> None:
        """A BotInstance was seen; the classes that gain or lose a user by it are concerned, too.

        Where only the status is new, and it is our own, nobody is concerned: the look that wrote it has seen
        all that there is.
        """
        metadata = live["metadata"]
        before = self._store.class_of(BotKey(metadata["namespace"], metadata["name"]))
        key = self._store.see_bot(live, deleted=deleted)
        after = self._store.class_of(key)
        if before != after:
            for name in filter(None, (before, after)):
                self._enqueue_class(name)
        if deleted or not self._store.wrote_all(live):
            self._enqueue(key)

    def botclass(self, live: Object, *, deleted: bool) -> None:
        """A BotClass was seen: every bot that names it is concerned, unless only its status changed."""
        name = self._store.see_class(live, deleted=deleted)
        self._enqueue_class(name)
        if not deleted:
            # What was told, not what the store has: a look may have brought that there for one bot alone.
            state = (live["metadata"]["uid"], live["metadata"]["generation"])
            if self._told.get(name) == state:
                return
            self._told[name] = state
        else:
            self._told.pop(name, None)
        for key in self._store.bots_of_class(name):
            self._enqueue(key, one_of_many=True)

    def child(self, kind: str, live: Object, *, deleted: bool) -> None:
        """A child was seen."""
        key = self._store.see_child(kind, live, deleted=deleted)
        if key is not None:
            self._enqueue(key)
