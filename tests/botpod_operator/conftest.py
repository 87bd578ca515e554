"""What the operator's tests share."""

from __future__ import annotations

from pathlib import Path

import pytest
from apiserver import ApiServer, apiserver

__all__ = ["apiserver"]

CRDS = Path(__file__).parents[2] / "crds"


@pytest.fixture(scope="session")
def cluster(apiserver: ApiServer) -> ApiServer:
    """An API server that knows BotInstance and BotClass."""
    apiserver.kubectl("apply", "--server-side", "-f", str(CRDS))
    apiserver.kubectl("wait", "--for=condition=Established", "crd/botinstances.botpod.dev", "--timeout=30s")
    apiserver.kubectl("wait", "--for=condition=Established", "crd/botclasses.botpod.dev", "--timeout=30s")
    return apiserver
