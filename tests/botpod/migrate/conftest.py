"""An API server that knows BotInstance, for what ``botpod migrate`` writes."""

from __future__ import annotations

import pytest
from apiserver import ApiServer, apiserver
from world import install_crds

__all__ = ["apiserver"]


@pytest.fixture(scope="session")
def cluster(apiserver: ApiServer) -> ApiServer:
    install_crds(apiserver)
    return apiserver
