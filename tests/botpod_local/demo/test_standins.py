"""The stand-ins of a demo: processes of a cluster's that go on from one demo to the next."""

from __future__ import annotations

import json
import socket
import stat
import urllib.request
from typing import TYPE_CHECKING

import pytest

from botpod_local.cluster import companions
from botpod_local.cluster.layout import Layout
from botpod_local.demo.standins import start_discord
from botpod_local.errors import Taken

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# They outlive the process that starts them, which is what Python warns of.
pytestmark = pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")


class OnLoopback(Layout):
    """A cluster of which there is only the directory."""

    @property
    def host_address(self) -> str:
        return "127.0.0.77"


@pytest.fixture
def layout(tmp_path: Path) -> Iterator[Layout]:
    made = OnLoopback(name="demo", number=0, cache=tmp_path)
    made.state.mkdir(parents=True)
    yield made
    companions.end_all(made)


@pytest.fixture
def page_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def test_discord_makes_its_own_token_and_keeps_it(layout: Layout, page_port: int) -> None:
    first = start_discord(layout, page_port=page_port)
    assert first == start_discord(layout, page_port=page_port)

    (file,) = layout.state.glob("discord-token")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    request = urllib.request.Request(
        f"{first.api_url}/users/@me", headers={"Authorization": f"Bot {first.token}"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert json.load(answer)["bot"] is True
    assert first.token not in repr(first)


def test_a_page_port_that_is_taken_is_named(layout: Layout, page_port: int) -> None:
    with (
        socket.create_server(("127.0.0.1", page_port)),
        pytest.raises(Taken, match=f"{page_port}.*page-port"),
    ):
        start_discord(layout, page_port=page_port)
