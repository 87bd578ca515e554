"""The composition root: makes every part, and runs them until told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import signal
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pythonjsonlogger.json import JsonFormatter

from botpod_credentials.listening.listener import Listener
from botpod_credentials.pod.folder import Folder
from botpod_credentials.pod.keeper import Keeper
from botpod_credentials.pod.pages import application
from botpod_credentials.pod.reader import VaultReader
from botpod_credentials.pod.trials import Trials
from botpod_credentials.vault.wire import Wire
from botpod_credentials.verify.examiner import Examiner

if TYPE_CHECKING:
    from pathlib import Path

STOP_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where everything is in the pod."""

    order: Path
    passwords: Path
    token: Path
    folder: Path
    port: int


def run(place: Place) -> None:
    """Run until SIGTERM or SIGINT."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        JsonFormatter(
            "%(asctime)s %(levelname)s %(name)s %(message)s",
            rename_fields={"asctime": "ts", "levelname": "level", "name": "logger"},
        )
    )
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    for name in ("aiohttp", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
    asyncio.run(_until_stopped(place))


async def _until_stopped(place: Place) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await serve(place, stop=stop)


async def serve(place: Place, *, stop: asyncio.Event) -> None:
    """Keep the folder current, and answer at the port, until ``stop``."""
    folder, examiner, wire = Folder(place.folder), Examiner(), Wire()
    reader = VaultReader(token_file=place.token, wire=wire)
    keeper = Keeper(
        order=place.order, passwords=place.passwords, folder=folder, reader=reader, jitter=random.uniform
    )
    trials = Trials(reader=reader, examiner=examiner, clock=time.monotonic)
    listener = Listener(
        application(order=place.order, folder=folder, keeper=keeper, trials=trials),
        shutdown_seconds=STOP_SECONDS,
    )
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(wire.close)
        stack.push_async_callback(examiner.close)
        stack.push_async_callback(listener.close)
        await listener.start(None, place.port)
        keeping = asyncio.create_task(keeper.run(), name="keeper")
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({keeping, stopping}, return_when=asyncio.FIRST_COMPLETED)
        keeping.cancel()
        stopping.cancel()
        if keeping.done() and not keeping.cancelled():
            # It never ends by itself: a new process may do better.
            keeping.result()
