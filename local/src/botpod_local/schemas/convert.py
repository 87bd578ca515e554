"""From Kubernetes' own schema dialects to strict JSON Schema. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

type Schema = dict[str, Any]

_KEPT = frozenset(
    {
        *(
            "type",
            "required",
            "enum",
            "pattern",
            "description",
            "minimum",
            "maximum",
            "minLength",
            "maxLength",
        ),
        *("minItems", "maxItems", "minProperties", "maxProperties", "uniqueItems"),
    }
)
_NUMBER_OR_TEXT: Schema = {"type": ["integer", "number", "string"]}
_INT_OR_STRING = "x-kubernetes-int-or-string"
_PRESERVED = "x-kubernetes-preserve-unknown-fields"
_QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"
_REF = "#/definitions/"


def strict(schema: Mapping[str, Any]) -> Schema:
    """Return a JSON Schema that refuses unknown properties, for a CRD's structural schema."""
    if schema.get(_INT_OR_STRING):
        kept = {key: schema[key] for key in ("pattern", "description") if key in schema}
        return {"type": ["integer", "string"], **kept}
    result: Schema = {key: value for key, value in schema.items() if key in _KEPT}
    if "items" in schema:
        result["items"] = strict(schema["items"])
    if "properties" in schema:
        result["properties"] = {name: strict(value) for name, value in schema["properties"].items()}
        result["additionalProperties"] = bool(schema.get(_PRESERVED))
    elif isinstance(schema.get("additionalProperties"), dict):
        result["additionalProperties"] = strict(schema["additionalProperties"])
    return result


def custom_kinds(crd: Mapping[str, Any]) -> Iterator[tuple[str, Schema]]:
    """Yield a file name and a schema for each served version of a CustomResourceDefinition."""
    spec = crd["spec"]
    for version in spec["versions"]:
        schema = strict(version["schema"]["openAPIV3Schema"])
        schema["properties"] |= {name: {"type": "string"} for name in ("apiVersion", "kind")}
        schema["properties"]["metadata"] = {"type": "object"}
        schema["required"] = ["apiVersion", "kind", "metadata", *schema.get("required", [])]
        yield file_name(spec["names"]["kind"], spec["group"], version["name"]), schema


def built_in_kinds(description: Mapping[str, Any]) -> Iterator[tuple[str, Schema]]:
    """Yield a file name and a strict schema for each kind in Kubernetes' OpenAPI v2 description.

    Each schema has just the definitions it needs: kubeconform reads a file for each kind it meets.
    """
    definitions = {name: _definition(schema) for name, schema in description["definitions"].items()}
    definitions[_QUANTITY] = _NUMBER_OR_TEXT
    for name, schema in description["definitions"].items():
        for kind in schema.get("x-kubernetes-group-version-kind", []):
            needed = {reached: definitions[reached] for reached in _reachable(name, definitions)}
            yield (
                file_name(kind["kind"], kind["group"], kind["version"]),
                {
                    "allOf": [{"$ref": f"{_REF}{name}"}],
                    "required": [
                        key for key in ("apiVersion", "kind") if key in schema.get("properties", {})
                    ],
                    "definitions": needed,
                },
            )


def file_name(kind: str, group: str, version: str) -> str:
    """Return the name that kubeconform asks for: ``deployment-apps-v1.json``, ``pod-v1.json``."""
    words = [kind, *([group.split(".", maxsplit=1)[0]] if group else []), version]
    return "-".join(words).lower() + ".json"


def _definition(schema: Mapping[str, Any]) -> Schema:
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}
    if schema.get("format") == "int-or-string":
        return {"type": ["integer", "string"]}
    result: Schema = {key: value for key, value in schema.items() if key in _KEPT - {"description"}}
    if "items" in schema:
        result["items"] = _definition(schema["items"])
    if "properties" in schema:
        result["properties"] = {name: _definition(value) for name, value in schema["properties"].items()}
        result["additionalProperties"] = False
    elif isinstance(schema.get("additionalProperties"), dict):
        result["additionalProperties"] = _definition(schema["additionalProperties"])
    return result


def _reachable(start: str, definitions: Mapping[str, Schema]) -> list[str]:
    """Return the names of ``start`` and of all that it refers to, sorted."""
    reached, ahead = {start}, [start]
    while ahead:
        for name in _references(definitions[ahead.pop()]):
            if name not in reached:
                reached.add(name)
                ahead.append(name)
    return sorted(reached)


def _references(schema: object) -> Iterator[str]:
    if isinstance(schema, dict):
        if "$ref" in schema and isinstance(schema["$ref"], str):
            yield schema["$ref"].removeprefix(_REF)
        for value in schema.values():
            yield from _references(value)
