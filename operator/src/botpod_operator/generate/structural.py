"""Turns pydantic's JSON schema into the structural schema that a CRD may carry.

Kubernetes allows neither ``$ref`` nor ``anyOf: [X, null]`` nor draft-7 ``const``; every object needs a type.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import BaseModel

type Schema = dict[str, Any]

_KEPT = (
    "type",
    "description",
    "default",
    "enum",
    "pattern",
    "format",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "maxProperties",
    "required",
)


def structural(model: type[BaseModel]) -> Schema:
    """Return the structural schema of ``model``, everything inline, keys in a stable order."""
    schema = model.model_json_schema(by_alias=True, mode="validation")
    return _inline(schema, schema.get("$defs", {}))


def _inline(node: Schema, defs: dict[str, Schema]) -> Schema:
    node = _without_null(_resolved(node, defs), defs)
    if "const" in node:
        node = {**node, "enum": [node["const"]], "type": "string"}
    kept = {key: node[key] for key in _KEPT if key in node and not (key == "default" and node[key] is None)}
    kept |= {key: value for key, value in sorted(node.items()) if key.startswith("x-kubernetes-")}
    if kept.get("x-kubernetes-int-or-string"):
        kept.pop("type", None)
        return kept
    if kept.get("type") == "integer":
        kept["format"] = "int64"
    if kept.get("type") == "object" and not kept.get("x-kubernetes-preserve-unknown-fields"):
        _children(node, kept, defs)
    if "items" in node:
        kept["items"] = _inline(node["items"], defs)
    return kept


def _children(node: Schema, kept: Schema, defs: dict[str, Schema]) -> None:
    if "properties" in node:
        kept["properties"] = {name: _inline(child, defs) for name, child in node["properties"].items()}
    elif isinstance(node.get("additionalProperties"), dict):
        values = _inline(node["additionalProperties"], defs)
        # A rule over the keys needs a bound on the values to stay within the API server's cost budget.
        if values.get("type") == "string" and "enum" not in values:
            values.setdefault("maxLength", 4096)
        kept["additionalProperties"] = values


def _resolved(node: Schema, defs: dict[str, Schema]) -> Schema:
    while "$ref" in node:
        target = defs[node["$ref"].removeprefix("#/$defs/")]
        node = {**target, **{key: value for key, value in node.items() if key != "$ref"}}
    return node


def _without_null(node: Schema, defs: dict[str, Schema]) -> Schema:
    if "anyOf" not in node:
        return node
    rest = {key: value for key, value in node.items() if key != "anyOf"}
    branches = [branch for branch in node["anyOf"] if branch.get("type") != "null"]
    if len(branches) > 1:  # only int-or-string has two, and says so by its extension
        return rest
    return _without_null({**_resolved(branches[0], defs), **rest}, defs)
