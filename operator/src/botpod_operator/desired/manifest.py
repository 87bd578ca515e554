"""What every child's manifest begins with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botpod_operator.identity import Identity

type Manifest = dict[str, Any]

PUBLIC_PORT = 8080
INTERNAL_PORT = 9090
CREDENTIALS_PORT = 9091
"""Where the process that takes the credentials from Vault answers, with delivery Direct."""


def head(
    identity: Identity, *, api_version: str, kind: str, annotations: dict[str, str] | None = None
) -> Manifest:
    """Return apiVersion, kind and metadata of a child."""
    metadata: Manifest = {
        "name": identity.child,
        "namespace": identity.namespace,
        "labels": {**dict(identity.more_labels), **identity.labels},
        "ownerReferences": [identity.owner],
    }
    if annotated := {**dict(identity.more_annotations), **(annotations or {})}:
        metadata["annotations"] = annotated
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata}
