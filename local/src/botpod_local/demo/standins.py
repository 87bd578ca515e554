"""The stand-ins of a demo as processes on the host, ended by ``down`` with their cluster."""

from __future__ import annotations

import os
import socket
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botpod_local.cluster import companions
from botpod_local.errors import Taken

if TYPE_CHECKING:
    from botpod_local.cluster.layout import Layout

LOOPBACK = "127.0.0.1"
API_PORT = 7080
MODELS_PORT = 7081
READY_S = 20.0
CONNECT_S = 0.5


@dataclass(frozen=True, kw_only=True)
class Discord:
    """Where the stand-in for Discord listens: what pods use, and the page for a person."""

    api_url: str
    page_url: str
    token: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Models:
    """Where the stand-in for the models' vendors listens."""

    openai_url: str
    anthropic_url: str


def start_discord(layout: Layout, *, page_port: int) -> Discord:
    """Start a Discord for the pods of a cluster, with a token of its own; one that runs already goes on.

    Raises Taken where another program has the page's port, LocalError where it does not start.
    """
    host = layout.host_address
    token_file = layout.state / "discord-token"
    ours = {name for name, record in companions.running(layout) if record.alive()}
    if "discord" not in ours and _listens(LOOPBACK, page_port):
        raise Taken(
            f"port {page_port} of {LOOPBACK}, where the page should be, is taken: "
            "end what listens there, or choose another with --page-port."
        )
    companions.start(
        layout,
        "discord",
        [
            *(sys.executable, "-m", "botpod_local.discord", "--api", f"{host}:{API_PORT}"),
            *("--page", f"{LOOPBACK}:{page_port}", "--token-file", os.fspath(token_file)),
        ],
        ready=lambda: _listens(host, API_PORT) and _listens(LOOPBACK, page_port),
        timeout_s=READY_S,
    )
    return Discord(
        api_url=f"http://{host}:{API_PORT}/api/v10",
        page_url=f"http://{LOOPBACK}:{page_port}",
        token=token_file.read_text(encoding="utf-8").strip(),
    )


def start_models(layout: Layout) -> Models:
    """Start models for the pods of a cluster; those that run go on. LocalError where they don't start."""
    host = layout.host_address
    companions.start(
        layout,
        "models",
        [sys.executable, "-m", "botpod_local.models", "--listen", f"{host}:{MODELS_PORT}"],
        ready=lambda: _listens(host, MODELS_PORT),
        timeout_s=READY_S,
    )
    return Models(openai_url=f"http://{host}:{MODELS_PORT}/v1", anthropic_url=f"http://{host}:{MODELS_PORT}")


def _listens(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=CONNECT_S):
            return True
    except OSError:
        return False
