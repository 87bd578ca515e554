"""The stand-ins of a demo as processes on the host, ended by ``down`` with their cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_local.cluster import companions
from botpod_local.standins import (
    LOOPBACK,
    READY_S,
    Discord,
    Models,
    discord_at,
    discord_command,
    listens,
    models_at,
    models_command,
    require_free,
)

if TYPE_CHECKING:
    from botpod_local.cluster.layout import Layout

API_PORT = 7080
MODELS_PORT = 7081


def start_discord(layout: Layout, *, page_port: int) -> Discord:
    """Start a Discord for the pods of a cluster, with a token of its own; one that runs already goes on.

    Raises Taken where another program has the page's port, LocalError where it does not start.
    """
    api, page = (layout.host_address, API_PORT), (LOOPBACK, page_port)
    token_file = layout.state / "discord-token"
    ours = {name for name, record in companions.running(layout) if record.alive()}
    if "discord" not in ours:
        require_free(page, remedy="end what listens there, or choose another for the page with --page-port")
    companions.start(
        layout,
        "discord",
        discord_command(api=api, page=page, token_file=token_file),
        ready=lambda: listens(api) and listens(page),
        timeout_s=READY_S,
    )
    return discord_at(api=api, page=page, token_file=token_file)


def start_models(layout: Layout) -> Models:
    """Start models for the pods of a cluster; those that run go on. LocalError where they don't start."""
    address = (layout.host_address, MODELS_PORT)
    companions.start(
        layout,
        "models",
        models_command(listen=address),
        ready=lambda: listens(address),
        timeout_s=READY_S,
    )
    return models_at(address)
