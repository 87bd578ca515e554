"""What every model of the API shares, and the helpers that put Kubernetes' own words into its schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

if TYPE_CHECKING:
    from pydantic.config import JsonDict


class ApiModel(BaseModel):
    """A part of a resource: camelCase outside, frozen inside.

    Fields that a newer CRD has and this build doesn't know are ignored: during an upgrade the CRD is newer
    than the operator for a moment.
    """

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore")


def cel(rule: str, message: str, *, field: str | None = None) -> dict[str, str]:
    """Return one ``x-kubernetes-validations`` entry.

    Args:
        rule: CEL over ``self``; true means accepted.
        message: one sentence that names the field and says what to do.
        field: the path below ``self`` that the API server shall name, such as ``.maxReplicas``.
    """
    entry = {"rule": rule, "message": message}
    return entry if field is None else {**entry, "fieldPath": field}


def rules(*entries: dict[str, str]) -> JsonDict:
    """Return the schema extension that carries CEL rules."""
    return {"x-kubernetes-validations": [dict(entry) for entry in entries]}


MAP_BY_NAME: JsonDict = {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"]}
ATOMIC: JsonDict = {"x-kubernetes-list-type": "atomic"}
SET: JsonDict = {"x-kubernetes-list-type": "set"}
FREE: JsonDict = {"x-kubernetes-preserve-unknown-fields": True}
INT_OR_STRING: JsonDict = {"x-kubernetes-int-or-string": True}

type FreeObject = dict[str, Any]
"""An object whose fields somebody else defines (a skill, Kubernetes)."""

type Quantity = Annotated[
    int | str,
    Field(
        json_schema_extra={
            **INT_OR_STRING,
            "maxLength": 32,
            "pattern": r"^[0-9]+(\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$",
        }
    ),
]

DNS_LABEL = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
OBJECT_NAME = r"^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$"
VAULT_PATH = r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$"
HOST = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+$"
HTTP_URL = r"^https?://[^\s/?#@]+(/[^\s?#]*)?$"


def no_dots(field: str) -> JsonDict:
    """Return the rule that a path keeps to its place: clients resolve ``..`` before they ask."""
    return rules(
        cel(
            "!self.split('/').exists(part, part == '.' || part == '..')",
            f"{field}: leave out . and .. between slashes; write the path itself",
        )
    )
