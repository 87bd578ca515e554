"""The part of the chart's ``values.schema.json`` that is the CRD's own: ``defaultClass``. Pure.

Helm then refuses a misspelt class at once, though only the operator applies it.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from botpod_local.schemas.convert import strict

if TYPE_CHECKING:
    from collections.abc import Mapping

ENABLED = {"type": "boolean", "description": "Whether the operator makes the BotClass default."}


def with_class(schema: Mapping[str, Any], crd: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values' schema with ``defaultClass`` as the BotClass's CRD has it now."""
    (version,) = crd["spec"]["versions"]
    described = strict(version["schema"]["openAPIV3Schema"]["properties"]["spec"])
    properties = described["properties"]
    # The image has no default that would work; a template says so with a better sentence.
    properties["image"] = {"type": "string", "description": properties["image"]["description"]}
    result = copy.deepcopy(dict(schema))
    result["properties"]["defaultClass"] = {
        "type": "object",
        "description": described["description"],
        "properties": {"enabled": ENABLED, **properties},
        "additionalProperties": False,
    }
    return result
