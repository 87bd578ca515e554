"""Keeps what is in force at what the configuration file says, as far as that goes without a new process."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from typing import TYPE_CHECKING, Any

from botpod.config.hot import left_over, swapped
from botpod.config.load import read_bytes
from botpod.errors import ConfigurationInvalid

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from botpod.config.schema import Configuration

log = logging.getLogger(__name__)

REVISION_LENGTH = 16


def revision(content: bytes) -> str:
    """Return what stands for a file: the first 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(content).hexdigest()[:REVISION_LENGTH]


class LiveConfiguration:
    """One file and the configuration in force.

    ``read`` turns the file's content into what it means, ``check`` that into a configuration; ``use`` puts
    the second in force in place of the first, whole or, when it raises
    :class:`botpod.errors.ConfigurationInvalid`, not at all.
    """

    def __init__(
        self,
        path: Path,
        running: Configuration,
        *,
        check: Callable[[Any], Configuration],
        use: Callable[[Configuration, Configuration], None],
        read: Callable[[bytes, Path], Any] = read_bytes,
    ) -> None:
        self._path = path
        self._running = running
        self._check = check
        self._use = use
        self._read = read
        self._revision: str | None = None
        self._seen: bytes | None = None
        self._problems: tuple[str, ...] = ()
        self._left: tuple[str, ...] = ()

    def status(self) -> dict[str, Any]:
        """Return the revision in force, what is wrong with a newer one, and what waits for a new process."""
        return {"revision": self._revision, "problems": self._problems, "needsRestart": self._left}

    async def look(self) -> None:
        """Take up the file as it is now; one with mistakes changes nothing."""
        try:
            content = await asyncio.to_thread(self._path.read_bytes)
        except OSError as error:
            self._refuse((f"The configuration {self._path} can't be read: {error.strerror}.",))
            return
        if content == self._seen:
            return
        first, self._seen = self._seen is None, content
        try:
            found = await asyncio.to_thread(lambda: self._check(self._read(content, self._path)))
            wanted = swapped(self._running, found)
            if wanted != self._running:
                self._use(self._running, wanted)
                log.info("The configuration has changed and is in force.")
        except ConfigurationInvalid as error:
            self._refuse(error.problems)
            return
        self._left = left_over(self._running, found)
        self._running, self._problems, self._revision = wanted, (), revision(content)
        if self._left and not first:
            log.info("Some of the configuration needs a new process.", extra={"sections": self._left})

    def _refuse(self, problems: tuple[str, ...]) -> None:
        if problems != self._problems:
            log.error("The changed configuration is refused; the one before it stays: %s", " ".join(problems))
        self._problems = problems
