"""The processes of a tryout: started in turn, watched together, ended in the opposite order."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from botpod_local.errors import LocalError
from botpod_local.tryout import bound
from botpod_local.tryout.words import ended

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping, Sequence
    from types import TracebackType

END_S = 8.0
"""What a process may take to end before it is killed: a bot finishes what it is saying."""


@dataclass(frozen=True, slots=True)
class Child:
    """One process; ``exited`` gives its status."""

    name: str
    log: Path
    process: asyncio.subprocess.Process
    exited: asyncio.Task[int]

    @property
    def complaint(self) -> str:
        """How it ended, in a sentence."""
        text = self.log.read_text(encoding="utf-8", errors="replace")
        return ended(self.name, self.exited.result(), log=self.log, text=text)


class Children:
    """Processes that end with the block; ``environ`` is all that they inherit."""

    def __init__(self, *, environ: Mapping[str, str]) -> None:
        self._environ = dict(environ)
        self._children: list[Child] = []
        self._lost: asyncio.Future[Child] = asyncio.get_running_loop().create_future()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End those that run, the last one first: what a bot still says is heard."""
        self._lost.cancel()
        while self._children:
            await _end(self._children.pop())

    async def start(self, name: str, command: Sequence[str], *, log: Path) -> None:
        """Start ``command`` as a child that ends with this process, also where that is killed."""
        with log.open("wb") as stream:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", os.fspath(Path(bound.__file__)), str(os.getpid())),
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                env=self._environ,
                # Ctrl-C at the terminal is for this process, which ends them in their order.
                start_new_session=True,
                cwd="/",
            )
        exited = asyncio.create_task(process.wait(), name=f"wait for {name}")
        child = Child(name, log, process, exited)
        self._children.append(child)
        exited.add_done_callback(lambda _: self._lose(child))

    def _lose(self, child: Child) -> None:
        # Of several the first is the reason; none is while all are being ended.
        if not self._lost.done():
            self._lost.set_result(child)

    async def watch[T](self, work: Coroutine[Any, Any, T]) -> T:
        """Return what ``work`` does. LocalError that says which child ended, if one does meanwhile."""
        task = asyncio.create_task(work)
        try:
            either: list[asyncio.Future[Any]] = [task, self._lost]
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if self._lost.done() and not task.done():
                raise LocalError(self._lost.result().complaint)
            return await task
        finally:
            task.cancel()
            await asyncio.wait({task})


async def _end(child: Child) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        if child.exited.done():
            return
        child.process.send_signal(number)
        await asyncio.wait({child.exited}, timeout=END_S)
