"""The PodDisruptionBudget: drains take one pod at a time, and one replica never blocks a drain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_operator.desired.manifest import Manifest, head

if TYPE_CHECKING:
    from botpod_operator.identity import Identity


def poddisruptionbudget(identity: Identity) -> Manifest:
    """Return the PodDisruptionBudget."""
    return {
        **head(identity, api_version="policy/v1", kind="PodDisruptionBudget"),
        "spec": {
            "maxUnavailable": 1,
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
            "selector": {"matchLabels": identity.selector},
        },
    }
