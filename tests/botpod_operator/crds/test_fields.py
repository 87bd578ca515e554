"""Every field of both CRDs is described and bounded, so that none is a riddle and none can fill etcd."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from crdrules import KINDS, nodes, schema

if TYPE_CHECKING:
    from collections.abc import Iterator

WRITTEN_BY_US = ("status",)
"""Only the operator writes the status, and from bounded input: its bounds would only be in its own way."""

FREE = {
    "spec.skills[].settings",
    "spec.pod.affinity",
    "spec.autoscaling.behavior.scaleUp",
    "spec.autoscaling.behavior.scaleDown",
    *(f"spec.autoscaling.metrics[].{kind}" for kind in ("resource", "containerResource", "pods")),
    *(f"spec.autoscaling.metrics[].{kind}" for kind in ("object", "external")),
}
"""Objects whose fields somebody else defines and validates."""


def _faults(path: str, node: dict[str, Any]) -> Iterator[str]:
    if not path.endswith(("[]", "{}")) and not node.get("description"):
        yield f"{path}: no description"
    if path.startswith(WRITTEN_BY_US):
        return
    if not _bounded(node):
        yield f"{path}: not bounded"
    if node.get("x-kubernetes-preserve-unknown-fields") and path not in FREE:
        yield f"{path}: takes anything"


def _bounded(node: dict[str, Any]) -> bool:
    if node.get("x-kubernetes-int-or-string"):
        return {"pattern", "maxLength"} <= node.keys() or "x-kubernetes-validations" in node
    match node.get("type"):
        case "string":
            return bool({"maxLength", "enum"} & node.keys())
        case "array":
            return "maxItems" in node
        case "integer" | "number":
            # A rule that says the lower end says it better than ``minimum``.
            return "maximum" in node and bool({"minimum", "x-kubernetes-validations"} & node.keys())
        case "object" if "additionalProperties" in node:
            return "maxProperties" in node
    return True


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_is_described_and_bounded(kind: str) -> None:
    found = [
        fault
        for path, node in nodes(schema(kind))
        if path.startswith(("spec", "status"))
        for fault in _faults(path, node)
    ]
    assert found == []
