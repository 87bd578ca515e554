"""Listening on addresses, writing them down, and being told to stop: what both stand-ins do alike."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Iterable

type Listen = tuple[str, int]
"""A host and a port; port 0 takes any that is free."""


async def listen(runner: web.AppRunner, wanted: Iterable[Listen]) -> list[Listen]:
    """Let ``runner`` listen and return where it does; whoever made it cleans it up, also after an OSError."""
    await runner.setup()
    for host, port in wanted:
        await web.TCPSite(runner, host, port).start()
    return [(address[0], address[1]) for address in runner.addresses]


def written(address: Listen) -> str:
    """Return ``host:port``, an IPv6 host in brackets."""
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def url_of(address: Listen) -> str:
    """Return the address as a URL without a path."""
    return f"http://{written(address)}"


def stop_asked() -> asyncio.Event:
    """Return what SIGTERM and SIGINT set from now on."""
    asked = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        # Not every system's loop takes handlers; there, a signal ends the process as ever.
        with contextlib.suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(number, asked.set)
    return asked
