from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft7Validator

from botpod_local.schemas.convert import (
    built_in_kinds,
    custom_kinds,
    file_name,
    strict,
)

QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"
DESCRIPTION = {
    "definitions": {
        QUANTITY: {"type": "string"},
        "Port": {"type": "string", "format": "int-or-string"},
        "Spec": {
            "type": "object",
            "required": ["size"],
            "properties": {
                "size": {"$ref": f"#/definitions/{QUANTITY}", "description": "said beside the reference"},
                "port": {"$ref": "#/definitions/Port"},
                "words": {"type": "object", "additionalProperties": {"type": "string"}},
                "parts": {"type": "array", "items": {"$ref": "#/definitions/Spec"}},
            },
        },
        "Thing": {
            "type": "object",
            "properties": {
                "apiVersion": {"type": "string"},
                "kind": {"type": "string"},
                "spec": {"$ref": "#/definitions/Spec"},
            },
            "x-kubernetes-group-version-kind": [{"group": "apps.example", "kind": "Thing", "version": "v1"}],
        },
    }
}


def errors(schema: dict[str, Any], content: object) -> list[str]:
    return [error.message for error in Draft7Validator(schema).iter_errors(content)]


def thing(spec: dict[str, Any]) -> list[str]:
    ((_, schema),) = built_in_kinds(DESCRIPTION)
    content = {"apiVersion": "apps.example/v1", "kind": "Thing", "spec": spec}
    return errors(schema, content)


@pytest.mark.parametrize("size", [1, 0.5, "1Gi"])
@pytest.mark.parametrize("port", [80, "http"])
def test_numbers_and_texts_stand_for_quantities_and_ports(size: object, port: object) -> None:
    assert thing({"size": size, "port": port, "words": {"any": "word"}}) == []


def test_a_misspelt_field_is_found_at_any_depth() -> None:
    assert "'porrt' was unexpected" in thing({"size": 1, "parts": [{"size": 1, "porrt": 80}]})[0]


def test_a_missing_field_is_found() -> None:
    assert thing({}) == ["'size' is a required property"]


def test_a_file_has_no_more_than_its_kind_needs() -> None:
    more = {"definitions": {**DESCRIPTION["definitions"], "Unrelated": {"type": "object"}}}
    ((_, schema),) = built_in_kinds(more)
    assert schema["definitions"].keys() == DESCRIPTION["definitions"].keys()


def test_files_are_named_as_kubeconform_asks() -> None:
    assert file_name("Deployment", "apps", "v1") == "deployment-apps-v1.json"
    assert file_name("Pod", "", "v1") == "pod-v1.json"
    assert file_name("NetworkPolicy", "networking.k8s.io", "v1") == "networkpolicy-networking-v1.json"


def test_a_structural_schema_becomes_strict_but_where_it_preserves() -> None:
    schema = strict(
        {
            "type": "object",
            "properties": {
                "amount": {"x-kubernetes-int-or-string": True, "pattern": "^[0-9]+m$"},
                "free": {
                    "type": "object",
                    "x-kubernetes-preserve-unknown-fields": True,
                    "properties": {"known": {"type": "string"}},
                },
            },
        }
    )
    assert errors(schema, {"amount": 3, "free": {"any": "thing"}}) == []
    assert errors(schema, {"amount": "3m"}) == []
    assert errors(schema, {"amount": "3x"})
    assert errors(schema, {"free": {"known": 1}})
    assert errors(schema, {"more": 1})


def test_a_crd_becomes_a_schema_per_version() -> None:
    spec = {"type": "object", "required": ["image"], "properties": {"image": {"type": "string"}}}
    crd = {
        "spec": {
            "group": "botpod.dev",
            "names": {"kind": "Thing"},
            "versions": [
                {
                    "name": "v1",
                    "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}},
                }
            ],
        }
    }
    ((name, schema),) = custom_kinds(crd)
    assert name == "thing-botpod-v1.json"
    head = {"apiVersion": "botpod.dev/v1", "kind": "Thing", "metadata": {"name": "any"}}
    assert errors(schema, {**head, "spec": {"image": "any"}}) == []
    assert errors(schema, {**head, "spec": {}}) == ["'image' is a required property"]
