"""The children in the cluster: claimed before anything is touched, applied when they differ, pruned."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from botpod_operator.desired.secret import delivery_in, emptied
from botpod_operator.desired.service import fits
from botpod_operator.errors import Conflict, OperatorError, Rejected, Transient
from botpod_operator.identity import BOT_LABEL, Identity
from botpod_operator.kube.resources import CHILDREN, KEPT, SECRET, SERVICE
from botpod_operator.together import together
from botpod_operator.watch.store import Child, child_of
from botpod_operator.watch.views import desired_digest, owned_data_keys

if TYPE_CHECKING:
    from collections.abc import Iterable

    from botpod_operator.credentials.delivery import Delivery
    from botpod_operator.desired.manifest import Manifest
    from botpod_operator.identity import BotKey
    from botpod_operator.kube.client import Kube
    from botpod_operator.kube.names import Names
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
            else f"there is a {kind} \"{name}\" that isn't this bot's and is left alone; name the bot or "
            f"that {kind} otherwise"
        )
        self.leftover = leftover


class ChildRefused(OperatorError):
    """The API server refused a child as it is; what it said is in the text."""

    def __init__(self, kind: str, said: str) -> None:
        super().__init__(f"the API server refused the {kind}: {said}")


class Children:
    """All access to the objects that bots consist of."""

    def __init__(self, *, kube: Kube, store: Store, names: Names) -> None:
        self._kube = kube
        self._store = store
        self._names = names
        # The uid of each bot's Secret at the last look, None for none: no watch shows Secrets.
        self._secrets: dict[BotKey, str | None] = {}
        # Bots that had no child when they were claimed, so that there is no Secret of theirs to read.
        self._new: set[BotKey] = set()
        # Bots whose Secret, if there is one, has no value.
        self._without_values: set[BotKey] = set()

    def forget(self, key: BotKey) -> None:
        """Forget a bot that is gone."""
        self._secrets.pop(key, None)
        self._new.discard(key)
        self._without_values.discard(key)

    async def claim(self, identity: Identity, kinds: Iterable[str]) -> None:
        """Make sure that no object of these kinds that has a child's name belongs to somebody else.

        One that turns up later is found by :meth:`apply`.

        Raises:
            NameTaken: one does. Nothing was touched.
        """
        unknown = [kind for kind in kinds if self._store.child(identity.key, kind) is None]
        await together(*(self._ask(identity, kind) for kind in unknown))
        known = self._store.children(identity.key)
        for kind in kinds:
            if kind in known:
                self._check(identity, kind, known[kind])
        if known:
            self._new.discard(identity.key)
        else:
            self._new.add(identity.key)

    async def apply(self, identity: Identity, manifest: Manifest) -> None:
        """Apply a claimed child where it differs.

        Raises:
            NameTaken: somebody else's object has the name by now; it wasn't touched.
        """
        kind = manifest["kind"]
        resource = CHILDREN[kind]
        wanted = desired_digest(manifest)
        if self._store.matches(identity.key, kind, desired=wanted):
            return
        with self._store.child_coming(identity.key, kind, desired=wanted):
            live = None
            known = self._store.child(identity.key, kind)
            if known is None or await self._outlived(resource, manifest, uid=known.uid):
                live = await self._made(identity, resource, manifest)
                if live is None and self._store.matches(identity.key, kind, desired=wanted):
                    return
            if live is None:
                known = self._store.child(identity.key, kind)
                live = await self._applied(resource, manifest, uid=known.uid if known else None)
        self._store.see_applied(identity.key, kind, live, desired=wanted)

    async def _outlived(self, resource: Resource, manifest: Manifest, *, uid: str) -> bool:
        """Delete a child that can't become what is wanted; return whether it is to be made anew."""
        if resource is not SERVICE:
            return False
        metadata = manifest["metadata"]
        live = await self._kube.get(resource, namespace=metadata["namespace"], name=metadata["name"])
        if live is None or live["metadata"]["uid"] != uid or fits(live, manifest):
            return live is None
        await self._kube.delete(resource, namespace=metadata["namespace"], name=metadata["name"], uid=uid)
        logger.info("child exchanged", extra={"kind": resource.kind})
        return True

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
        self._secrets[identity.key] = None
        if identity.key in self._new:
            return None
        live = await self._kube.secret_metadata(namespace=identity.namespace, name=identity.child)
        if live is None:
            return None
        self._check(identity, SECRET.kind, child_of({**live, "kind": SECRET.kind}))
        self._secrets[identity.key] = live["metadata"]["uid"]
        return delivery_in(live["metadata"].get("annotations", {}), keys=owned_data_keys(live))

    async def deliver(self, manifest: Manifest) -> None:
        """Apply the Secret.

        Raises:
            NameTaken: somebody else's Secret has the name by now; it wasn't touched.
        """
        identity = _bot_of(manifest)
        self._without_values.discard(identity.key)
        uid = self._secrets.get(identity.key)
        if uid is not None:
            await self._applied(SECRET, manifest, uid=uid)
        elif await self._made(identity, SECRET, manifest) is None:
            raise Transient(f'there is a Secret "{identity.child}" already; the next look reads it')

    async def withdraw(self, identity: Identity) -> None:
        """Leave no value in the bot's Secret: its pods take their credentials from Vault themselves.

        It is emptied, not deleted: whoever may delete Secrets could delete those of others.
        """
        if identity.key in self._without_values:
            return
        live = await self._kube.secret_metadata(namespace=identity.namespace, name=identity.child)
        if live is not None:
            ours = child_of({**live, "kind": SECRET.kind}).owner_uid == identity.uid
            if ours and owned_data_keys(live):
                await self._applied(SECRET, emptied(identity), uid=live["metadata"]["uid"])
        self._without_values.add(identity.key)

    async def _made(
        self, identity: Identity, resource: Resource, manifest: Manifest
    ) -> dict[str, Any] | None:
        """Make a child; return None where this bot has it already: an answer was lost, or a watch is late."""
        try:
            live = await self._kube.make(resource, manifest)
        except Conflict:
            if await self._look(identity, resource):
                return None
            # Gone again meanwhile; or an API server that makes nothing of an apply with a version.
            return await self._applied(resource, manifest, uid=None)
        except Rejected as error:
            raise ChildRefused(resource.kind, str(error)) from None
        except Transient as error:
            raise _not_done(resource, error) from None
        # Not worth a line each: a new bot has eight, and its status tells of it.
        logger.debug("child made", extra={"kind": resource.kind})
        return live

    async def _applied(self, resource: Resource, manifest: Manifest, *, uid: str | None) -> dict[str, Any]:
        """Apply to the object that is known; tell a refusal of the child from a write at the wrong moment."""
        metadata = {**manifest["metadata"], **({"uid": uid} if uid else {})}
        try:
            live = await self._kube.apply(resource, {**manifest, "metadata": metadata})
        except (Conflict, Transient) as error:
            raise _not_done(resource, error) from None
        except Rejected as error:
            raise ChildRefused(resource.kind, str(error)) from None
        logger.info("child applied", extra={"kind": resource.kind})
        return live

    async def _ask(self, identity: Identity, kind: str) -> None:
        """Find out about a child that isn't known."""
        resource = CHILDREN[kind]
        # Where the watch has shown everything with our label, only what is without it is left to ask about.
        if not self._store.lists_complete or identity.child in await self._names.taken(
            resource, identity.namespace
        ):
            await self._look(identity, resource)

    async def _look(self, identity: Identity, resource: Resource) -> bool:
        """Read a child; return whether there is one."""
        live = await self._kube.get(
            resource, namespace=identity.namespace, name=identity.child, metadata_only=resource is SECRET
        )
        if live is None:
            return False
        live = {**live, "kind": resource.kind}
        self._check(identity, resource.kind, child_of(live))
        if resource is not SECRET:
            self._store.see_child(resource.kind, live)
        return True

    def _check(self, identity: Identity, kind: str, child: Child) -> None:
        if child.owner_uid != identity.uid:
            raise NameTaken(kind, identity.child, leftover=child.owner_uid is not None)


def _not_done(resource: Resource, error: Conflict | Transient) -> Transient:
    retry_after = error.retry_after if isinstance(error, Transient) else None
    return Transient(str(error), retry_after=retry_after, of=f"the {resource.kind}")


def _bot_of(child: Manifest) -> Identity:
    metadata = child["metadata"]
    return Identity(
        namespace=metadata["namespace"],
        name=metadata["labels"][BOT_LABEL],
        uid=metadata["ownerReferences"][0]["uid"],
    )
