"""The Ingress: the one path of the bot that Discord posts to, on the host of all bots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_operator.desired.manifest import Manifest, head

if TYPE_CHECKING:
    from botpod_operator.effective import Effective


def ingress(effective: Effective) -> Manifest | None:
    """Return the Ingress, or None where the class doesn't see to how Discord reaches the bot."""
    given = effective.ingress
    if given is None:
        return None
    tls: Manifest = {"hosts": [given.host]}
    if given.tls_secret_name is not None:
        tls["secretName"] = given.tls_secret_name
    spec: Manifest = {"tls": [tls], "rules": [{"host": given.host, "http": {"paths": [_path(effective)]}}]}
    if given.ingress_class_name is not None:
        spec["ingressClassName"] = given.ingress_class_name
    return {
        **head(
            effective.identity,
            api_version="networking.k8s.io/v1",
            kind="Ingress",
            annotations=given.annotations,
        ),
        "spec": spec,
    }


def _path(effective: Effective) -> Manifest:
    service = {"name": effective.identity.child, "port": {"name": "http"}}
    return {"path": effective.interactions_path, "pathType": "Exact", "backend": {"service": service}}
