"""The Service: the bot's two ports under one name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_operator.desired.manifest import INTERNAL_PORT, PUBLIC_PORT, Manifest, head

if TYPE_CHECKING:
    from botpod_operator.identity import Identity


def service(identity: Identity) -> Manifest:
    """Return the Service."""
    return {
        **head(identity, api_version="v1", kind="Service"),
        "spec": {
            "type": "ClusterIP",
            "selector": identity.selector,
            "ports": [
                _port("http", PUBLIC_PORT),
                _port("internal", INTERNAL_PORT),
            ],
        },
    }


def _port(name: str, number: int) -> Manifest:
    return {"name": name, "port": number, "protocol": "TCP", "targetPort": name}
