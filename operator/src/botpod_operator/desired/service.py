"""The Service: the bot's ports under one name, the outside's where Discord posts to it.

Only that one has an address of its own. A cluster has few of them (a /24 has 254), and nobody calls a bot
that calls Discord itself: its name leads to its pods.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_operator.desired.manifest import INTERNAL_PORT, PUBLIC_PORT, Manifest, head

if TYPE_CHECKING:
    from botpod_operator.effective import Effective


HEADLESS = "None"


def service(effective: Effective) -> Manifest:
    """Return the Service."""
    identity = effective.identity
    return {
        **head(identity, api_version="v1", kind="Service"),
        "spec": {
            "type": "ClusterIP",
            **({} if effective.interactions else {"clusterIP": HEADLESS}),
            "selector": identity.selector,
            "ports": [
                *([_port("http", PUBLIC_PORT)] if effective.interactions else ()),
                _port("internal", INTERNAL_PORT),
            ],
        },
    }


def fits(live: Manifest, wanted: Manifest) -> bool:
    """Return whether a Service can become what is wanted: with an address or without it is for its life."""
    with_address = [one["spec"].get("clusterIP") != HEADLESS for one in (live, wanted)]
    return with_address[0] is with_address[1]


def _port(name: str, number: int) -> Manifest:
    return {"name": name, "port": number, "protocol": "TCP", "targetPort": name}
