from __future__ import annotations

import asyncio
import os
import signal

from eventually import eventually

from botpod_operator.stop import EXIT_NOT_IN_ORDER, Stop


async def test_a_first_signal_asks_and_a_second_one_ends() -> None:
    ended: list[int] = []
    stop = Stop(end=ended.append)
    stop.catch()
    try:
        os.kill(os.getpid(), signal.SIGTERM)
        async with asyncio.timeout(5):
            await stop.wait()
        assert ended == []
        os.kill(os.getpid(), signal.SIGTERM)
        await eventually(lambda: ended == [EXIT_NOT_IN_ORDER])
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().remove_signal_handler(number)


async def test_an_end_that_takes_too_long_is_made() -> None:
    ended: list[int] = []
    stop = Stop(end=ended.append)
    stop.limit(0.01, code=7)
    stop.limit(0.01, code=8)
    await eventually(lambda: ended == [7])
