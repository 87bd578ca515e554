"""What of a live object is ours: the fields that our last apply still owns, by its managedFields. Pure.

An object is as we want it when that view equals what we would apply. Fields that others set are not in it,
and a field that somebody changed is no longer ours, so it falls out of it: either way one digest tells.
"""

from __future__ import annotations

import functools
import json
from typing import Any

from botpod_operator.digests import digest
from botpod_operator.identity import MANAGER

_HEAD = ("apiVersion", "kind", "status")
_META = ("name", "namespace")


def live_digest(live: dict[str, Any]) -> str:
    """Return the digest of what we own in a live object."""
    owned = _owned_fields(live)
    return digest(_comparable(_project(live, owned) if owned else {}))


def desired_digest(manifest: dict[str, Any]) -> str:
    """Return the digest that a live object has once ``manifest`` is applied and nobody touched it."""
    return digest(_comparable(manifest))


def owned_data_keys(live: dict[str, Any]) -> frozenset[str]:
    """Return the keys under ``data`` that are still as we applied them; works on bare metadata."""
    fields = _owned_fields(live).get("f:data", {})
    return frozenset(key.removeprefix("f:") for key in fields if key.startswith("f:"))


def _owned_fields(live: dict[str, Any]) -> dict[str, Any]:
    for entry in live.get("metadata", {}).get("managedFields", ()):
        if (
            entry.get("manager") == MANAGER
            and entry.get("operation") == "Apply"
            and not entry.get("subresource")
        ):
            fields: dict[str, Any] = entry.get("fieldsV1", {})
            return fields
    return {}


def _comparable(content: dict[str, Any]) -> dict[str, Any]:
    """Leave out what names the object, and empty texts and lists, which the API server doesn't store."""
    body = {key: value for key, value in content.items() if key not in _HEAD}
    metadata = {key: value for key, value in body.pop("metadata", {}).items() if key not in _META}
    compact: dict[str, Any] = _compact({"metadata": metadata, **body})
    return compact


def _compact(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _compact(child) for key, child in value.items() if child not in ("", [], None)}
    if isinstance(value, list):
        return [_compact(item) for item in value]
    return value


def _project(value: Any, fields: dict[str, Any]) -> Any:
    """Keep of ``value`` what ``fields`` (a FieldsV1 tree) names."""
    children = {key: child for key, child in fields.items() if key != "."}
    if not children:
        return value
    if isinstance(value, dict):
        return {
            name: _project(value[name], child)
            for key, child in children.items()
            if (name := key.removeprefix("f:")) in value
        }
    if isinstance(value, list):
        return [kept for item in value for kept in _items(item, children)]
    return value


def _items(item: Any, children: dict[str, Any]) -> list[Any]:
    """Return the projected item if one of the keyed entries names it."""
    for key, child in children.items():
        kind, wanted = _key(key)
        if kind == "v" and item == wanted:
            return [item]
        if kind == "k" and isinstance(item, dict) and all(item.get(k) == v for k, v in wanted.items()):
            return [_project(item, child)]
    return []


@functools.lru_cache(maxsize=512)
def _key(key: str) -> tuple[str, Any]:
    """Return the sort of a key in a FieldsV1 tree and the item it names: the same for all bots."""
    kind, _, text = key.partition(":")
    return kind, json.loads(text) if kind in {"k", "v"} else None
