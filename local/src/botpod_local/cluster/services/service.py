"""A process of a cluster, described."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from botpod_local.cluster.layout import Layout

type Programs = Callable[[str], Path]


@dataclass(frozen=True, kw_only=True)
class Service:
    """A process: its command line, the TCP ports that it listens on, its configuration files.

    The files are written before it starts.
    """

    name: str
    argv: tuple[str, ...]
    ports: tuple[int, ...] = ()
    files: Mapping[Path, str] = field(default_factory=dict)


def flags(**values: object) -> tuple[str, ...]:
    """Return ``--some-flag=value`` for each ``some_flag=value``; True and False as Go reads them."""
    return tuple(
        f"--{name.replace('_', '-')}={str(value).lower() if isinstance(value, bool) else value}"
        for name, value in values.items()
    )


def delegating(layout: Layout, who: str) -> dict[str, Path]:
    """Return the flags of a program that is a client of the API server and asks it about its own clients."""
    config = layout.client_config(who)
    return {
        "kubeconfig": config,
        "authentication_kubeconfig": config,
        "authorization_kubeconfig": config,
        "tls_cert_file": layout.certificate(who),
        "tls_private_key_file": layout.key(who),
    }
