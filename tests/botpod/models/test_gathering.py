"""What arrives within a moment is given on together; nothing waits for longer, and nothing is lost."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

import pytest
from virtual_time import run

from botpod.models.gathering import SECONDS, Gathered

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


async def arriving(*waits: float, error: Exception | None = None) -> AsyncIterator[bytes]:
    for number, wait in enumerate(waits):
        await asyncio.sleep(wait)
        yield b"%d" % number
    if error is not None:
        raise error


async def read(events: AsyncIterator[bytes]) -> list[tuple[float, bytes]]:
    loop, gathered = asyncio.get_running_loop(), Gathered(events)
    began = loop.time()
    return [(round(loop.time() - began, 3), b"".join(group)) async for group in gathered.groups()]


def test_what_comes_within_a_moment_comes_together_and_the_end_waits_for_nothing() -> None:
    assert run(read(arriving(0, 0, SECONDS / 2, SECONDS, 0))) == [
        (SECONDS, b"012"),
        (round(SECONDS * 1.5, 3), b"34"),
    ]
    assert run(read(arriving(0, 1, 1))) == [(SECONDS, b"0"), (1 + SECONDS, b"1"), (2, b"2")]
    assert run(read(arriving())) == []


def test_what_came_before_an_error_is_given_on() -> None:
    async def story() -> bytes:
        heard = b""
        gathered = Gathered(arriving(0, 0, error=OSError("gone")))
        with pytest.raises(OSError, match="gone"):  # noqa: PT012 - what is heard until then counts
            async for group in gathered.groups():
                heard += b"".join(group)
        return heard

    assert run(story()) == b"01"


def test_a_server_that_is_faster_is_read_no_further() -> None:
    sent = 0

    async def flood() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            await asyncio.sleep(0)
            sent += 1
            yield b"x" * 1024

    async def story() -> None:
        gathered = Gathered(flood())
        async with aclosing(gathered.groups()) as groups:
            await anext(groups)
            await asyncio.sleep(10)
        await gathered.close()

    run(story())
    assert sent < 200
