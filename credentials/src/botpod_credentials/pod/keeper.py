"""Keeps the bot's files at what the operator ordered."""

from __future__ import annotations

import asyncio
import logging
import os
from typing import TYPE_CHECKING

from botpod_credentials.errors import CredentialsUnusable
from botpod_credentials.keys import DELIVERY_FILE
from botpod_credentials.pod.order import NotUnderstood, read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from botpod_credentials.pod.folder import Folder
    from botpod_credentials.pod.reader import VaultReader

LOOK_SECONDS = 0.2
"""How often the orders are looked at: a few system calls in memory."""
FIRST_SECONDS, MOST_SECONDS = 1.0, 30.0
"""Between two tries of what failed, doubled each time."""

log = logging.getLogger(__name__)


class Keeper:
    """Follows the order and the class's passwords; ``problem`` says why the bot hasn't what it shall."""

    def __init__(
        self,
        *,
        order: Path,
        passwords: Path,
        folder: Folder,
        reader: VaultReader,
        jitter: Callable[[float, float], float],
    ) -> None:
        self._order = order
        self._passwords = passwords
        self._folder = folder
        self._reader = reader
        self._jitter = jitter
        self.problem: str | None = None

    async def run(self) -> None:
        """Follow until cancelled."""
        tries = 0
        while True:
            # Taken before the look: what changes meanwhile is seen after it.
            mark = self._mark()
            at_least = 0.0
            try:
                await self.look()
            except CredentialsUnusable as error:
                self._say(str(error))
                at_least = error.retry_after or 0.0
            except NotUnderstood as error:
                self._say(str(error))
            except OSError as error:
                self._say(f"the pod's files can't be written ({error.strerror})")
            else:
                self.problem, tries = None, 0
                await self._changed(mark, within=None)
                continue
            seconds = max(at_least, min(MOST_SECONDS, FIRST_SECONDS * 2.0**tries))
            tries = min(tries + 1, 16)
            if await self._changed(mark, within=self._jitter(seconds, seconds * 1.2)):
                tries = 0

    async def look(self) -> None:
        """Bring the files to what is ordered.

        Raises:
            CredentialsUnusable: the values can't be had.
            NotUnderstood: the order can't be read.
            OSError: the files can't be written.
        """
        order = read(self._order)
        if order.delivered is None:
            return
        files = {name: self._password(name) for name in order.passwords}
        names = [key.name for key in order.keys]
        kept = {name: self._folder.read(name) for name in names}
        if self._folder.delivery == order.delivered.digest and None not in kept.values():
            if all(self._folder.read(name) == content for name, content in files.items()):
                return
            files |= {name: content for name, content in kept.items() if content is not None}
        else:
            values = await self._reader.read(order, order.delivered.version)
            files |= {name: values.reveal(name).encode() for name in names}
        files[DELIVERY_FILE] = order.delivered.digest.encode()
        self._folder.swap(files)
        log.info("delivered", extra={"version": order.delivered.version, "delivery": order.delivered.digest})

    def _password(self, name: str) -> bytes:
        try:
            return (self._passwords / name).read_bytes()
        except OSError as error:
            raise CredentialsUnusable(
                "KeyMissing", f"{name} of the BotClass isn't in the pod ({error.strerror})", certain=False
            ) from None

    def _say(self, problem: str) -> None:
        if problem != self.problem:
            log.warning("%s", problem)
        self.problem = problem

    async def _changed(self, mark: tuple[int, ...], *, within: float | None) -> bool:
        """Wait for another order or password, or until the time is over; return whether there is one."""
        loop = asyncio.get_running_loop()
        end = None if within is None else loop.time() + within
        while self._mark() == mark:
            if end is not None and loop.time() >= end:
                return False
            await asyncio.sleep(LOOK_SECONDS)
        return True

    def _mark(self) -> tuple[int, ...]:
        """Return what differs once the kubelet has swapped the files: one link for all of them."""
        try:
            found = os.stat(self._order)  # noqa: PTH116 - a third of what Path.stat costs, five times a second
        except OSError:
            return ()
        return found.st_dev, found.st_ino, found.st_mtime_ns
