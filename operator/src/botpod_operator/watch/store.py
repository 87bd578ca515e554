"""What the watches last showed: bots and classes whole, children as digests. No I/O."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from botpod_operator.identity import BOT_LABEL, BotKey
from botpod_operator.watch.applications import Applications
from botpod_operator.watch.rollout import Rollout, idle, rollout
from botpod_operator.watch.views import live_digest

if TYPE_CHECKING:
    from collections.abc import Iterator

type Object = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A live child, as little of it as is needed to tell whether it is still right."""

    uid: str
    owner_uid: str | None
    version: int
    view: str
    """The digest of what we own in it."""
    terminating: bool
    rollout: Rollout | None
    idle: str | None = None
    """Why a HorizontalPodAutoscaler doesn't scale."""


def child_of(live: Object) -> Child:
    """Digest a live child."""
    metadata = live["metadata"]
    return Child(
        uid=metadata["uid"],
        owner_uid=_owner(metadata),
        version=int(metadata["resourceVersion"]),
        view=live_digest(live),
        terminating="deletionTimestamp" in metadata,
        rollout=rollout(live) if live.get("kind") == "Deployment" else None,
        idle=idle(live) if live.get("kind") == "HorizontalPodAutoscaler" else None,
    )


def _owner(metadata: Object) -> str | None:
    owners = (owner for owner in metadata.get("ownerReferences", ()) if owner.get("controller"))
    # A bot's children share one text.
    return next((sys.intern(owner["uid"]) for owner in owners if owner.get("kind") == "BotInstance"), None)


class Store:
    """The last state of everything that is watched.

    Answers to our own writes come in beside the watches; of two states of one object the newer one stays.
    """

    def __init__(self) -> None:
        self._bots: dict[BotKey, Object] = {}
        self._classes: dict[str, Object] = {}
        self._children: dict[BotKey, dict[str, Child]] = {}
        self._applied: dict[BotKey, dict[str, tuple[str, str]]] = {}
        self._status_versions: dict[BotKey, int] = {}
        self._coming: dict[tuple[BotKey, str], str] = {}
        self._status_coming: dict[BotKey, Object] = {}
        self.applications = Applications()
        self.lists_complete = False
        """Whether a child of ours that isn't known here isn't there, as far as can be told."""

    def bot(self, key: BotKey) -> Object | None:
        """Return a BotInstance."""
        return self._bots.get(key)

    def bots(self) -> Iterator[BotKey]:
        """Yield the keys of all BotInstances."""
        yield from self._bots

    def all_bots(self) -> tuple[Object, ...]:
        """Return all BotInstances."""
        return tuple(self._bots.values())

    def all_classes(self) -> tuple[Object, ...]:
        """Return all BotClasses."""
        return tuple(self._classes.values())

    def all_children(self, kind: str) -> tuple[tuple[BotKey, Child], ...]:
        """Return all children of a kind, each with its bot's key."""
        return tuple((key, children[kind]) for key, children in self._children.items() if kind in children)

    def class_of(self, key: BotKey) -> str | None:
        """Return the name of the class that a BotInstance names."""
        bot = self._bots.get(key)
        return _class_name(bot) if bot is not None else None

    def bots_of_class(self, name: str) -> Iterator[BotKey]:
        """Yield the keys of the BotInstances that name this class."""
        for key, bot in self._bots.items():
            if _class_name(bot) == name:
                yield key

    def botclass(self, name: str) -> Object | None:
        """Return a BotClass."""
        return self._classes.get(name)

    def see_bot(self, live: Object, *, deleted: bool = False) -> BotKey:
        """Take in a BotInstance; return its key."""
        metadata = live["metadata"]
        key = BotKey(metadata["namespace"], metadata["name"])
        known = self._bots.get(key)
        if deleted:
            if known is None or known["metadata"]["uid"] == metadata["uid"]:
                self._bots.pop(key, None)
                self.applications.see(key, None)
        elif known is None or _version(known) < _version(live):
            if known is not None and self._is_coming(key, known, live):
                self._status_versions[key] = _version(live)
            self._bots[key] = _trimmed(live)
            self.applications.see(key, live)
        return key

    @contextlib.contextmanager
    def status_coming(self, key: BotKey, status: Object) -> Iterator[None]:
        """Know a bot's status for our own while it is written: a watch may show it before the answer."""
        self._status_coming[key] = status
        try:
            yield
        finally:
            del self._status_coming[key]

    def _is_coming(self, key: BotKey, known: Object, live: Object) -> bool:
        coming = self._status_coming.get(key)
        return (
            coming is not None
            and live.get("status") == coming
            and _without_status(known) == _without_status(live)
        )

    def see_status(self, live: Object) -> None:
        """Take in the answer to our own write of a bot's status; one deleted meanwhile doesn't come back."""
        metadata = live["metadata"]
        key = BotKey(metadata["namespace"], metadata["name"])
        known = self._bots.get(key)
        if known is None:
            return
        if _without_status(known) == _without_status(live):
            self._status_versions[key] = _version(live)
        self.see_bot(live)

    def wrote_all(self, live: Object) -> bool:
        """Return whether all that is new in a bot is the status that we wrote ourselves."""
        metadata = live["metadata"]
        key = BotKey(metadata["namespace"], metadata["name"])
        return self._status_versions.get(key) == _version(live)

    def see_class(self, live: Object, *, deleted: bool = False) -> str:
        """Take in a BotClass; return its name."""
        name: str = live["metadata"]["name"]
        known = self._classes.get(name)
        if deleted:
            self._classes.pop(name, None)
        elif known is None or _version(known) < _version(live):
            self._classes[name] = _trimmed(live)
        return name

    def see_lists_complete(self) -> None:
        """Take in that everything was shown that was there at the start."""
        self.lists_complete = True

    def see_child(self, kind: str, live: Object, *, deleted: bool = False) -> BotKey | None:
        """Take in a child; return its bot's key where anything about it changed that a look goes by."""
        metadata = live["metadata"]
        bot = metadata.get("labels", {}).get(BOT_LABEL)
        if bot is None or metadata["name"] != f"bot-{bot}":
            return None
        key = BotKey(metadata["namespace"], bot)
        children = self._children.setdefault(key, {})
        known = children.get(kind)
        if deleted:
            if known is not None and known.uid == metadata["uid"]:
                del children[kind]
            if not children:
                del self._children[key]
            return key
        # Most of what the watches show is the answer to our own apply once more: it is digested once.
        if known is not None and known.version >= _version(live):
            return None
        child = children[kind] = child_of(live)
        if known is not None and known == replace(child, version=known.version):
            return None
        # It is what an apply just makes of it: who applies looks at the answer.
        return None if self._coming.get((key, kind)) == child.view else key

    @contextlib.contextmanager
    def child_coming(self, key: BotKey, kind: str, *, desired: str) -> Iterator[None]:
        """Know a child for our own while ``desired`` (a digest) is applied."""
        self._coming[key, kind] = desired
        try:
            yield
        finally:
            del self._coming[key, kind]

    def child(self, key: BotKey, kind: str) -> Child | None:
        """Return a child of a bot."""
        return self._children.get(key, {}).get(kind)

    def children(self, key: BotKey) -> dict[str, Child]:
        """Return all children of a bot by kind."""
        return dict(self._children.get(key, {}))

    def see_applied(self, key: BotKey, kind: str, live: Object, *, desired: str) -> None:
        """Take in the answer to an apply of ``desired`` (a digest).

        The view that it led to is remembered: the API server may write values in its own way.
        """
        self.see_child(kind, live)
        known = self.child(key, kind)
        current = known is not None and known.version == _version(live)
        view = known.view if known is not None and current else live_digest(live)
        if view != desired:
            self._applied.setdefault(key, {})[kind] = (desired, view)
        else:
            self._applied.get(key, {}).pop(kind, None)

    def matches(self, key: BotKey, kind: str, *, desired: str) -> bool:
        """Return whether the live child is as ``desired`` (a digest) wants it."""
        child = self.child(key, kind)
        if child is None or child.terminating:
            return False
        return child.view == desired or self._applied.get(key, {}).get(kind) == (desired, child.view)

    def forget(self, key: BotKey) -> None:
        """Forget what was applied for a bot that is gone."""
        self._applied.pop(key, None)
        self._status_versions.pop(key, None)


def _class_name(bot: Object) -> str:
    name: str = bot["spec"].get("className", "default")
    return name


def _version(live: Object) -> int:
    return int(live["metadata"]["resourceVersion"])


def _without_status(live: Object) -> Object:
    metadata = {
        key: value
        for key, value in live["metadata"].items()
        if key not in {"managedFields", "resourceVersion"}
    }
    return {**live, "metadata": metadata, "status": None}


def _trimmed(live: Object) -> Object:
    metadata = {key: value for key, value in live["metadata"].items() if key != "managedFields"}
    trimmed: Object = _shared({**live, "metadata": metadata})
    return trimmed


def _shared(value: Any) -> Any:
    """Return the same with each text once in memory: bots say much the same, above all in their status."""
    if isinstance(value, str):
        return sys.intern(value)
    if isinstance(value, dict):
        return {sys.intern(key): _shared(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_shared(item) for item in value]
    return value
