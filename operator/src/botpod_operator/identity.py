"""Who a bot is in the cluster: its names, labels, and the owner reference of its children."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from botpod_operator.api import API_VERSION

BOT_LABEL = "botpod.dev/bot"
MANAGER = "botpod-operator"
MANAGED_BY = {"app.kubernetes.io/managed-by": MANAGER}


@dataclass(frozen=True, slots=True, order=True)
class BotKey:
    """What a BotInstance is queued and looked up by."""

    namespace: str
    name: str

    def __str__(self) -> str:
        """``namespace/name``, as people write it."""
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One BotInstance as an object: two of the same name differ in ``uid``."""

    namespace: str
    name: str
    uid: str
    more_labels: tuple[tuple[str, str], ...] = ()
    """The class's for every child, beside ours; pods don't have them."""
    more_annotations: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> BotKey:
        """What it is queued by."""
        return BotKey(self.namespace, self.name)

    @property
    def child(self) -> str:
        """The name all children have."""
        return f"bot-{self.name}"

    @property
    def selector(self) -> dict[str, str]:
        """The labels that select the pods; never changes."""
        return {BOT_LABEL: self.name}

    @property
    def labels(self) -> dict[str, str]:
        """The labels of every child and pod."""
        return {
            "app.kubernetes.io/name": "botpod",
            "app.kubernetes.io/instance": self.name,
            "app.kubernetes.io/component": "bot",
            **MANAGED_BY,
            **self.selector,
        }

    @property
    def owner(self) -> dict[str, Any]:
        """The owner reference through which Kubernetes deletes the children."""
        return {
            "apiVersion": API_VERSION,
            "kind": "BotInstance",
            "name": self.name,
            "uid": self.uid,
            "controller": True,
            "blockOwnerDeletion": False,
        }
