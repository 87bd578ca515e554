"""What a pod can do to whoever asks it: its answers end in time, and what is read of them is little."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

import pytest

from botpod_operator.desired.manifest import CREDENTIALS_PORT
from botpod_operator.usage import pods as module
from botpod_operator.usage.pods import Pod, Pods

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

ADDRESS = "127.21.0.1"
POD = Pod(name="p", address=ADDRESS, mark=None, tries=True)
SECONDS = 0.5
HEAD = b"HTTP/1.1 200 OK\r\n"


class _Never:
    async def list(self, *_: object, **__: object) -> None:
        raise AssertionError("the API server isn't asked")


@contextlib.asynccontextmanager
async def answering(first: bytes, then: bytes, *, every: float) -> AsyncIterator[Callable[[], int]]:
    """Answer as a pod with ``first`` and then with ``then`` for ever; yield how many bytes were taken."""
    sent = 0
    tasks = set[asyncio.Task[None]]()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.create_task(serve(reader, writer)))

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(first)
            while not writer.is_closing():
                writer.write(then)
                await writer.drain()
                sent += len(then)
                await asyncio.sleep(every)
        writer.close()

    server = await asyncio.start_server(begin, ADDRESS, CREDENTIALS_PORT)
    try:
        yield lambda: sent
    finally:
        server.close()
        server.close_clients()
        await server.wait_closed()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
async def pods(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pods]:
    monkeypatch.setattr(module, "TRY_SECONDS", SECONDS)
    made = Pods(kube=_Never())  # type: ignore[arg-type] # never used here
    yield made
    await made.close()


@pytest.mark.parametrize(
    ("first", "then", "every"),
    [
        (b"", b"H", 0.05),
        (HEAD, b"X-A: b\r\n", 0.05),
        (HEAD + b"Content-Length: 1000000\r\n\r\n", b" ", 0.05),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n", 0.05),
        (HEAD, b"X-A: " + b"b" * 4000 + b"\r\n", 0.0),
        (HEAD + b"X-A: ", b"b" * 4000, 0.0),
        (HEAD + b"\r\n", b"x" * 65_536, 0.0),
        (HEAD + b"Content-Encoding: gzip\r\n\r\n", b"\x1f\x8b" * 30_000, 0.0),
    ],
    ids=["status", "head", "body", "chunks", "headers", "header", "bytes", "gzip"],
)
@pytest.mark.attack("hostile_trials")
async def test_a_trial_that_drips_or_never_ends_is_over_in_time(
    pods: Pods, first: bytes, then: bytes, every: float
) -> None:
    async with answering(first, then, every=every) as sent:
        begun = time.monotonic()
        assert await pods.try_out(POD, "d") is None
        assert time.monotonic() - begun < 2 * SECONDS
        # What the kernel's buffers hold, and not what half a second on loopback could bring.
        assert sent() < 8 * 1024 * 1024


async def test_a_pod_that_hangs_takes_no_connection_from_others(pods: Pods) -> None:
    async with answering(b"", b"H", every=0.05):
        stuck = [asyncio.create_task(pods.try_out(POD, "d")) for _ in range(200)]
        await asyncio.sleep(0)
        other = Pod(name="q", address="127.21.0.2", mark=None, tries=True)
        begun = time.monotonic()
        assert await pods.try_out(other, "d") is None  # nobody listens there, which is told at once
        assert time.monotonic() - begun < SECONDS
        assert set(await asyncio.gather(*stuck)) == {None}
