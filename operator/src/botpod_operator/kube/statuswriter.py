"""Writes the status through the status subresource."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_operator.api import API_VERSION
from botpod_operator.kube.resources import BOT_INSTANCE

if TYPE_CHECKING:
    from botpod_operator.api.status import BotInstanceStatus
    from botpod_operator.desired.manifest import Manifest
    from botpod_operator.identity import Identity
    from botpod_operator.kube.client import Kube
    from botpod_operator.watch.store import Store


class StatusWriter:
    """The only writer to BotInstances; it never touches their spec."""

    def __init__(self, *, kube: Kube, store: Store) -> None:
        self._kube = kube
        self._store = store

    async def write(self, identity: Identity, status: BotInstanceStatus) -> None:
        """Apply the whole status; a bot made anew under the name is left alone.

        Raises:
            NotFound: the bot is gone.
            OperatorError: it could not be written.
        """
        manifest: Manifest = {
            "apiVersion": API_VERSION,
            "kind": BOT_INSTANCE.kind,
            "metadata": {
                "name": identity.name,
                "namespace": identity.namespace,
                "uid": identity.uid,
            },
            "status": status.model_dump(by_alias=True, exclude_none=True, mode="json"),
        }
        with self._store.status_coming(identity.key, manifest["status"]):
            live = await self._kube.apply(BOT_INSTANCE, manifest, sub="status")
        self._store.see_status(live)
