"""The tests of the CRDs have an API server of their own: an operator would write to what they try."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from apiserver import ApiServer, api_server
from world import install_crds

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """An API server that knows BotInstance and BotClass, and nobody who acts on them."""
    with api_server(tmp_path_factory.mktemp("crds")) as server:
        install_crds(server)
        yield server
