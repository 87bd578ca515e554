"""What every container of a pod has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_operator.quantities import canonical

if TYPE_CHECKING:
    from botpod_operator.api.shared import Resources
    from botpod_operator.desired.manifest import Manifest


def restricted() -> Manifest:
    """Return the ``securityContext`` of the restricted Pod Security level."""
    return {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "runAsNonRoot": True,
        "capabilities": {"drop": ["ALL"]},
    }


def amounts(resources: Resources) -> Manifest:
    """Return a container's ``resources`` as the API server stores them."""
    return {
        part: {name: canonical(quantity) for name, quantity in given.items()}
        for part, given in resources.model_dump(exclude_none=True).items()
    }


def probe(path: str, *, port: str, period: int, failures: int) -> Manifest:
    """Return a probe by HTTP; ``period`` in seconds."""
    return {
        "httpGet": {"path": path, "port": port},
        "periodSeconds": period,
        "timeoutSeconds": 2,
        "failureThreshold": failures,
    }
