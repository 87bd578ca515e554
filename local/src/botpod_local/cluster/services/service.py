"""A process of a cluster, described."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

type Programs = Callable[[str], Path]


@dataclass(frozen=True, kw_only=True)
class Service:
    """A process: its command line, the TCP ports that it listens on, its variables, its configuration files.

    The files are written before it starts.
    """

    name: str
    argv: tuple[str, ...]
    ports: tuple[int, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[Path, str] = field(default_factory=dict)


def flags(**values: object) -> tuple[str, ...]:
    """Return ``--some-flag=value`` for each ``some_flag=value``; True and False as Go reads them."""
    return tuple(
        f"--{name.replace('_', '-')}={str(value).lower() if isinstance(value, bool) else value}"
        for name, value in values.items()
    )
