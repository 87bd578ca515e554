"""The children in the cluster: claimed before anything is touched, applied when they differ, pruned."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from botpod_operator.desired.secret import delivery_in
from botpod_operator.errors import Conflict, OperatorError, Rejected, Transient
from botpod_operator.kube.resources import CHILDREN, KEPT, SECRET
from botpod_operator.together import together
from botpod_operator.watch.store import Child, child_of
from botpod_operator.watch.views import desired_digest, owned_data_keys

if TYPE_CHECKING:
    from collections.abc import Iterable

    from botpod_operator.credentials.delivery import Delivery
    from botpod_operator.desired.manifest import Manifest
    from botpod_operator.identity import Identity
    from botpod_operator.kube.client import Kube
    from botpod_operator.kube.resources import Resource
    from botpod_operator.watch.store import Store

logger = logging.getLogger(__name__)


class NameTaken(OperatorError):
    """An object of a child's name isn't this bot's.

    ``leftover`` says that it belongs to an earlier bot of the same name and will go by itself.
    """

    def __init__(self, kind: str, name: str, *, leftover: bool) -> None:
        super().__init__(
            f'the {kind} "{name}" of an earlier bot of this name is still being deleted'
            if leftover
            else f"there is a {kind} \"{name}\" that isn't this bot's; rename or delete it, or rename the bot"
        )
        self.leftover = leftover


class ChildRefused(OperatorError):
    """The API server refused a child as it is; what it said is in the text."""

    def __init__(self, kind: str, said: str) -> None:
        super().__init__(f"the API server refused the {kind}: {said}")


class Children:
    """All access to the objects that bots consist of."""

    def __init__(self, *, kube: Kube, store: Store) -> None:
        self._kube = kube
        self._store = store

    async def claim(self, identity: Identity, kinds: Iterable[str]) -> None:
        """Make sure that no object of these kinds that has a child's name belongs to somebody else.

        Raises:
            NameTaken: one does. Nothing was touched.
        """
        unknown = [kind for kind in kinds if self._store.child(identity.key, kind) is None]
        await together(*(self._look(identity, kind) for kind in unknown))
        for kind in kinds:
            child = self._store.child(identity.key, kind)
            if child is not None:
                self._check(identity, kind, child)

    async def apply(self, identity: Identity, manifest: Manifest) -> None:
        """Apply a claimed child where it differs."""
        kind = manifest["kind"]
        wanted = desired_digest(manifest)
        if self._store.matches(identity.key, kind, desired=wanted):
            return
        live = await self._taken(CHILDREN[kind], manifest)
        logger.info("child applied", extra={"kind": kind})
        self._store.see_applied(identity.key, kind, live, desired=wanted)

    async def prune(self, identity: Identity, *, keep: frozenset[str]) -> None:
        """Delete this bot's children of other kinds than ``keep``."""
        for kind, child in self._store.children(identity.key).items():
            if kind in keep or kind in KEPT or child.terminating or child.owner_uid != identity.uid:
                continue
            await self._kube.delete(
                CHILDREN[kind], namespace=identity.namespace, name=identity.child, uid=child.uid
            )
            logger.info("child pruned", extra={"kind": kind})

    async def delivered(self, identity: Identity) -> Delivery | None:
        """Return what the bot's Secret holds by its metadata, or None where there is none that is whole."""
        live = await self._kube.secret_metadata(namespace=identity.namespace, name=identity.child)
        if live is None:
            return None
        self._check(identity, "Secret", child_of({**live, "kind": "Secret"}))
        return delivery_in(live["metadata"].get("annotations", {}), keys=owned_data_keys(live))

    async def deliver(self, manifest: Manifest) -> None:
        """Apply the Secret."""
        await self._taken(SECRET, manifest)
        logger.info("child applied", extra={"kind": "Secret"})

    async def _taken(self, resource: Resource, manifest: Manifest) -> dict[str, Any]:
        """Apply; tell a refusal of the child as it is from a write that came at the wrong moment."""
        try:
            return await self._kube.apply(resource, manifest)
        except Conflict as error:
            raise Transient(str(error)) from None
        except Rejected as error:
            raise ChildRefused(resource.kind, str(error)) from None

    async def _look(self, identity: Identity, kind: str) -> None:
        live = await self._kube.get(CHILDREN[kind], namespace=identity.namespace, name=identity.child)
        if live is None:
            return
        self._check(identity, kind, child_of(live))
        self._store.see_child(kind, live)

    def _check(self, identity: Identity, kind: str, child: Child) -> None:
        if child.owner_uid != identity.uid:
            raise NameTaken(kind, identity.child, leftover=child.owner_uid is not None)
