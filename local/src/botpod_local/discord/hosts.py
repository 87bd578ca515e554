"""The server's own addresses, as the client that asks can reach them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_local.discord.payloads.messages import CDN

if TYPE_CHECKING:
    from aiohttp import web


def base_url(request: web.Request) -> str:
    """Return ``http://host:port`` as the client wrote it, without a slash at the end."""
    return f"http://{request.host}"


def with_host(written: str, base: str) -> str:
    """Return JSON text with ``base`` (no slash at its end) in place of ``CDN``."""
    return written.replace(f'"{CDN}', f'"{base}/')


def gateway_url(request: web.Request) -> str:
    """Return the gateway's address for this client."""
    return f"ws://{request.host}"


def resume_url(request: web.Request) -> str:
    """Return the address to resume at; another path, so that it shows who uses it."""
    return f"ws://{request.host}/resume"
