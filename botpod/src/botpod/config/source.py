"""Where a process's configuration and its credentials come from, and how both are looked at again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botpod.config.credentials import CredentialFiles
from botpod.config.load import read_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod.config.credentials import CredentialSource
    from botpod.config.schema import Configuration


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a running process goes back to.

    ``file`` is followed, None where there is none; ``read`` turns its content into a raw configuration,
    ``check`` that into one that can be used. ``warnings``: what isn't wrong but should be known.
    """

    file: Path | None
    read: Callable[[bytes, Path], Any]
    check: Callable[[Any], Configuration]
    credentials: CredentialSource
    warnings: tuple[str, ...] = ()


def file_source(file: Path, configuration: Configuration, *, check: Callable[[Any], Configuration]) -> Source:
    """Return the source of a process that was given a configuration ``file``."""
    credentials = CredentialFiles(Path(configuration.credentials.directory))
    return Source(file=file, read=read_bytes, check=check, credentials=credentials)
