"""The stand-ins for Discord and the models' vendors as processes: their commands, and where they listen."""

from __future__ import annotations

import errno
import os
import secrets
import socket
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botpod_local.errors import Taken

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

type Address = tuple[str, int]
"""A host and a port."""

LOOPBACK = "127.0.0.1"
PAGE_PORT = 7000
"""Where the page is unless somebody chooses another port."""
READY_S = 20.0
"""What a stand-in may take until it listens; it takes a second."""
CONNECT_S = 0.5
PORTS = range(20_000, 30_000)
"""Linux gives connections ports from 32768 on, so that one of these is still free a moment later."""
TRIES = 100


@dataclass(frozen=True, kw_only=True)
class Discord:
    """Where the stand-in for Discord listens: what bots use, and the page for a person."""

    api_url: str
    page_url: str
    token: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Models:
    """Where the stand-in for the models' vendors listens."""

    openai_url: str
    anthropic_url: str


def discord_command(*, api: Address, page: Address, token_file: Path, keep: Path | None = None) -> list[str]:
    """Return the command of a Discord whose bot's token is in ``token_file``, or comes there.

    It goes on with what it finds in ``keep``, and leaves there what was said.
    """
    return [
        *(sys.executable, "-m", "botpod_local.discord", "--api", _argument(api), "--page", _argument(page)),
        *("--token-file", os.fspath(token_file)),
        *(() if keep is None else ("--keep", os.fspath(keep))),
    ]


def models_command(*, listen: Address) -> list[str]:
    """Return the command of the models."""
    return [sys.executable, "-m", "botpod_local.models", "--listen", _argument(listen)]


def discord_at(*, api: Address, page: Address, token_file: Path) -> Discord:
    """Return the Discord that listens there."""
    token = token_file.read_text(encoding="utf-8").strip()
    return Discord(api_url=f"{_url(api)}/api/v10", page_url=_url(page), token=token)


def models_at(listen: Address) -> Models:
    """Return the models that listen there."""
    return Models(openai_url=f"{_url(listen)}/v1", anthropic_url=_url(listen))


def listens(address: Address) -> bool:
    """Return whether something accepts connections there."""
    try:
        with socket.create_connection(address, timeout=CONNECT_S):
            return True
    except OSError:
        return False


def require_free(address: Address, *, remedy: str) -> None:
    """Raise Taken unless this process could listen there; ``remedy`` says how to choose another port."""
    host, port = address
    try:
        socket.create_server(address).close()
    except OSError as error:
        reason = "is taken" if error.errno == errno.EADDRINUSE else f"can't be had ({error.strerror})"
        raise Taken(f"port {port} of {host} {reason}: {remedy}.") from error


def free_port(*, choose: Callable[[range], int] = secrets.choice) -> int:
    """Return a loopback port that nobody listens on now, of those that connections aren't given by chance.

    Raises Taken where ``choose`` finds none in a hundred times.
    """
    for _ in range(TRIES):
        address = (LOOPBACK, choose(PORTS))
        try:
            socket.create_server(address).close()
        except OSError:
            continue
        return address[1]
    raise Taken(f"no port of {LOOPBACK} is free: end what listens there.")


def _argument(address: Address) -> str:
    host, port = address
    return f"{host}:{port}"


def _url(address: Address) -> str:
    return f"http://{_argument(address)}"
