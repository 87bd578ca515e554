"""What every container of a pod has."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botpod_operator.desired.manifest import Manifest


def restricted() -> Manifest:
    """Return the ``securityContext`` of the restricted Pod Security level."""
    return {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "runAsNonRoot": True,
        "capabilities": {"drop": ["ALL"]},
    }


def probe(path: str, *, port: str, period: int, failures: int) -> Manifest:
    """Return a probe by HTTP; ``period`` in seconds."""
    return {
        "httpGet": {"path": path, "port": port},
        "periodSeconds": period,
        "timeoutSeconds": 2,
        "failureThreshold": failures,
    }
