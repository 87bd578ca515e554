"""The baseline: the objects that the operator writes, written by a bare loop that knows them beforehand."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from client import all_of
from fleet import BARE, WATCHED, WRITTEN, botinstance

from botpod_operator.identity import MANAGER
from botpod_operator.kube.resources import BOT_INSTANCE
from botpod_operator.watch.views import _project

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from client import Client

    from botpod_operator.kube.resources import Resource


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What the operator applied for one bot, as texts in which name, namespace and uid can be replaced."""

    name: str
    uid: str
    children: tuple[tuple[Resource, str], ...]
    status: str

    def children_of(self, name: str, uid: str) -> Iterator[tuple[str, str]]:
        """Yield path and body of each child of another bot."""
        for resource, body in self.children:
            yield resource.path(namespace=BARE, name=f"bot-{name}"), self._of(body, name, uid)

    def child_of(self, resource: Resource, name: str, uid: str) -> tuple[str, str]:
        """Return path and body of one child of another bot."""
        (body,) = [body for known, body in self.children if known == resource]
        return resource.path(namespace=BARE, name=f"bot-{name}"), self._of(body, name, uid)

    def status_of(self, name: str, uid: str) -> tuple[str, str]:
        """Return path and body of another bot's status."""
        return (
            BOT_INSTANCE.path(namespace=BARE, name=name, sub="status"),
            self._of(self.status, name, uid),
        )

    def _of(self, body: str, name: str, uid: str) -> str:
        return body.replace(self.name, name).replace(self.uid, uid)


async def sample(client: Client, name: str) -> Sample:
    """Read from a live bot and its children what the operator applied, by their managedFields."""
    bot = await client.get(BOT_INSTANCE.path(namespace=WATCHED, name=name))
    children = [
        (resource, await client.get(resource.path(namespace=WATCHED, name=f"bot-{name}")))
        for resource in WRITTEN
    ]
    return Sample(
        name=name,
        uid=bot["metadata"]["uid"],
        children=tuple((resource, _applied(live)) for resource, live in children),
        status=_elsewhere({**_head(bot), "status": bot["status"]}),
    )


async def write(client: Client, known: Sample, bots: Iterable[str]) -> None:
    """Create the bots and write their children and statuses."""

    async def one(name: str) -> None:
        made = await client.create(BOT_INSTANCE.path(namespace=BARE), botinstance(name, namespace=BARE))
        uid = made["metadata"]["uid"]
        for path, body in known.children_of(name, uid):
            await client.apply(path, body)
        await client.apply(*known.status_of(name, uid))

    await all_of(one(name) for name in bots)


def _applied(live: dict[str, Any]) -> str:
    entries = [
        entry["fieldsV1"]
        for entry in live["metadata"]["managedFields"]
        if entry["manager"] == MANAGER and entry["operation"] == "Apply" and not entry.get("subresource")
    ]
    (fields,) = entries
    owned = _project(live, fields)
    metadata = {**owned.get("metadata", {}), **_head(live)["metadata"]}
    return _elsewhere({**owned, **_head(live), "metadata": metadata})


def _head(live: dict[str, Any]) -> dict[str, Any]:
    metadata = {key: live["metadata"][key] for key in ("name", "namespace")}
    return {"apiVersion": live["apiVersion"], "kind": live["kind"], "metadata": metadata}


def _elsewhere(manifest: dict[str, Any]) -> str:
    """Return the manifest for the bare loop's namespace, without what is one object's alone."""
    manifest["metadata"]["namespace"] = BARE
    return json.dumps(manifest)
