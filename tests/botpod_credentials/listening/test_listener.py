"""One port over real sockets: whoever is slow, sends too much or reads nothing costs the others nothing."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import gzip
import logging
from typing import TYPE_CHECKING, NamedTuple

import aiohttp
import pytest
from aiohttp import web
from eventually import eventually

from botpod_credentials.listening.bounds import KIB, Bounds
from botpod_credentials.listening.listener import Listener, body_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

pytestmark = pytest.mark.req("AC-32", "CL-40")

FAR = 60.0
"""Seconds: what isn't looked at in a test mustn't happen in it."""
ASK = b"GET /small HTTP/1.1\r\nHost: us\r\n\r\n"
POST = b"POST /body HTTP/1.1\r\nHost: us\r\nContent-Length: %d\r\n\r\n"
MOST = 256 * KIB


class Peer(NamedTuple):
    """A raw connection."""

    reads: asyncio.StreamReader
    writes: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        with contextlib.suppress(ConnectionError):
            self.writes.write(data)
            await self.writes.drain()

    async def rest(self) -> bytes:
        """Return everything until the other side closes; the test's time-out is the bound."""
        found = b""
        with contextlib.suppress(ConnectionError):
            while piece := await self.reads.read(2**16):
                found += piece
        return found


class Port:
    """A listener with four pages, on the loopback."""

    def __init__(self) -> None:
        self.held = asyncio.Event()
        self.listener: Listener | None = None
        self.number = 0
        self.peers: list[Peer] = []

    def application(self) -> web.Application:
        async def small(_: web.Request) -> web.Response:
            return web.Response(text="here")

        async def large(_: web.Request) -> web.Response:
            return web.Response(body=bytes(16 * 1024 * KIB))

        async def held(_: web.Request) -> web.Response:
            await self.held.wait()
            return web.Response(text="at last")

        async def body(request: web.Request) -> web.Response:
            return web.Response(text=f"{len(await body_of(request, most=MOST))} bytes")

        async def fails(_: web.Request) -> web.Response:
            raise RuntimeError("a secret")

        app = web.Application()
        pages = {"/small": small, "/large": large, "/held": held, "/fails": fails}
        app.add_routes([*(web.get(path, page) for path, page in pages.items()), web.post("/body", body)])
        return app

    async def peer(self, data: bytes = b"") -> Peer:
        peer = Peer(*await asyncio.open_connection("127.0.0.1", self.number))
        self.peers.append(peer)
        if data:
            await peer.send(data)
        return peer

    async def get(self, path: str = "/small", **more: object) -> tuple[int, str]:
        async with (
            aiohttp.ClientSession() as session,
            session.request("GET", f"http://127.0.0.1:{self.number}{path}", **more) as answer,  # type: ignore[arg-type]
        ):
            return answer.status, await answer.text()

    def open(self) -> int:
        assert self.listener is not None
        return len(self.listener.places)


type Open = Callable[[Bounds], Awaitable[Port]]


@pytest.fixture
async def listen() -> AsyncIterator[Open]:
    async with contextlib.AsyncExitStack() as stack:

        async def start(bounds: Bounds) -> Port:
            port = Port()
            port.listener = Listener(port.application(), bounds=bounds, shutdown_seconds=0.1)
            stack.push_async_callback(port.listener.close)
            port.number = await port.listener.start("127.0.0.1", 0)

            def hang_up() -> None:
                port.held.set()
                for peer in port.peers:
                    peer.writes.transport.abort()

            stack.callback(hang_up)
            return port

        yield start


@pytest.mark.parametrize("sent", [b"", b"GET /small HTT", b"\r\n\r\n", ASK[:-2]])
@pytest.mark.attack("half_open_connections")
async def test_who_does_not_finish_a_head_is_closed(listen: Open, sent: bytes) -> None:
    port = await listen(Bounds(head_seconds=0.2, idle_seconds=FAR, answer_seconds=FAR))
    peer = await port.peer(sent)
    assert await peer.rest() == b""
    assert port.open() == 0


async def test_who_begins_another_head_and_does_not_finish_it_is_closed(listen: Open) -> None:
    port = await listen(Bounds(head_seconds=0.2, idle_seconds=FAR, answer_seconds=FAR))
    peer = await port.peer(ASK)
    assert await peer.reads.readuntil(b"here")
    await peer.send(b"GET")
    assert await peer.rest() == b""


@pytest.mark.attack("half_open_connections")
async def test_a_drip_buys_no_time(listen: Open) -> None:
    port = await listen(Bounds(head_seconds=0.3, idle_seconds=FAR))
    peer = await port.peer(b"GET /small HTTP/1.1\r\n")

    async def drip() -> None:
        while True:
            await peer.send(b"X: y\r\n")
            await asyncio.sleep(0.01)

    dripping = asyncio.create_task(drip())
    assert not (await peer.rest()).startswith(b"HTTP/1.1 200")
    dripping.cancel()


async def test_who_asks_again_in_time_keeps_the_connection(listen: Open) -> None:
    port = await listen(Bounds(head_seconds=FAR, answer_seconds=0.05, idle_seconds=FAR))
    peer = await port.peer()
    for _ in range(3):
        await peer.send(ASK)
        assert (await peer.reads.readuntil(b"here")).startswith(b"HTTP/1.1 200")
        await asyncio.sleep(0.1)  # longer than an answer may take to be read: it was read
    assert port.open() == 1


@pytest.mark.parametrize("more", [b"", b"G"])
async def test_who_is_idle_for_long_is_closed(listen: Open, more: bytes) -> None:
    port = await listen(Bounds(head_seconds=FAR, idle_seconds=0.1))
    peer = await port.peer(ASK + more)
    assert (await peer.rest()).endswith(b"here")


@pytest.mark.parametrize("count", [500])
@pytest.mark.attack("half_open_connections", "unfinished_bodies")
async def test_whoever_asks_is_answered_while_others_hold_all_places(listen: Open, count: int) -> None:
    port = await listen(Bounds(head_seconds=FAR, body_seconds=FAR))
    for number in range(count):
        await port.peer(POST % 10 + b"x" if number % 2 else b"GET /sma")
    assert [await port.get() for _ in range(5)] == [(200, "here")] * 5
    assert port.open() <= Bounds().connections


async def test_what_is_being_handled_keeps_its_place(listen: Open) -> None:
    port = await listen(Bounds(connections=4, head_seconds=FAR))
    held = await port.peer(b"GET /held HTTP/1.1\r\nHost: us\r\n\r\n")
    await eventually(lambda: port.open() == 1)
    for _ in range(20):
        await port.peer(b"GET /sma")
    assert await port.get() == (200, "here")
    port.held.set()
    assert b"at last" in await held.reads.readuntil(b"at last")


async def test_one_more_is_closed_where_all_are_being_handled(listen: Open) -> None:
    port = await listen(Bounds(connections=2))
    for _ in range(2):
        await port.peer(b"GET /held HTTP/1.1\r\nHost: us\r\n\r\n")
    await eventually(lambda: port.open() == 2)
    assert await (await port.peer(ASK)).rest() == b""
    port.held.set()
    assert await port.get() == (200, "here")


async def test_a_head_without_end_is_closed_early(listen: Open) -> None:
    port = await listen(Bounds(head_seconds=FAR, unread_bytes=4 * KIB))
    peer = await port.peer(b"GET /small HTTP/1.1\r\n" + b"".join(b"X%d: y\r\n" % one for one in range(1000)))
    assert await peer.rest() == b""


async def test_what_is_asked_while_another_is_handled_is_bounded(listen: Open) -> None:
    port = await listen(Bounds(head_seconds=FAR, unread_bytes=4 * KIB))
    peer = await port.peer(b"GET /held HTTP/1.1\r\nHost: us\r\n\r\n" + ASK * 1000)
    assert await peer.rest() == b""


async def test_who_reads_nothing_is_closed(listen: Open) -> None:
    port = await listen(Bounds(answer_seconds=0.2, head_seconds=FAR))
    await port.peer(b"GET /large HTTP/1.1\r\nHost: us\r\n\r\n")
    await eventually(lambda: port.open() == 1)
    await eventually(lambda: port.open() == 0)


async def test_answers_that_nobody_reads_are_bounded(listen: Open) -> None:
    port = await listen(Bounds(answer_seconds=FAR, head_seconds=FAR, answer_bytes=64 * KIB))
    for _ in range(3):
        await port.peer(b"GET /large HTTP/1.1\r\nHost: us\r\n\r\n")
    await eventually(lambda: port.open() == 1)
    # One page that is larger than all may be is sent all the same.
    status, text = await port.get("/large")
    assert (status, len(text)) == (200, 16 * 1024 * KIB)


@pytest.mark.parametrize("size", [0, 1, MOST])
async def test_a_body_arrives_whole(listen: Open, size: int) -> None:
    port = await listen(Bounds())
    peer = await port.peer(POST % size + bytes(size))
    assert (await peer.reads.readuntil(b"\r\n\r\n%d bytes" % size)).startswith(b"HTTP/1.1 200")


async def test_a_body_is_taken_as_it_was_sent(listen: Open) -> None:
    port = await listen(Bounds())
    sent = gzip.compress(bytes(1024 * KIB))
    head = POST.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n") % len(sent)
    peer = await port.peer(head + sent)
    assert await peer.reads.readuntil(b"\r\n\r\n%d bytes" % len(sent))


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (POST % (MOST + 1), 413),
        (
            b"POST /body HTTP/1.1\r\nHost: us\r\nTransfer-Encoding: chunked\r\n\r\n40001\r\n"
            + bytes(0x40001),
            413,
        ),
        (POST % 10 + b"x", 408),
        (b"GET /small HTTP/1.1\r\nHost: us\r\nContent-Length: 10\r\n\r\n", 413),
        (b"POST /small HTTP/1.1\r\nHost: us\r\nContent-Length: 10\r\n\r\n", 405),
        (b"GET /fails HTTP/1.1\r\nHost: us\r\n\r\n", 500),
    ],
)
async def test_what_is_refused_is_told_and_closed(listen: Open, sent: bytes, status: int) -> None:
    port = await listen(Bounds(body_seconds=0.2, closing_seconds=0.2, head_seconds=FAR, idle_seconds=FAR))
    said = await (await port.peer(sent)).rest()
    assert said.startswith(b"HTTP/1.1 %d" % status)
    assert b"secret" not in said
    await eventually(lambda: port.open() == 0)


@pytest.mark.attack("unfinished_bodies")
async def test_the_largest_of_too_many_bodies_is_dropped(listen: Open) -> None:
    port = await listen(Bounds(body_bytes=64 * KIB, body_seconds=FAR, closing_seconds=0.1))
    large = await port.peer(POST % MOST + bytes(48 * KIB))
    small = await port.peer(POST % 20_000 + bytes(10_000))
    await small.send(bytes(9_999))
    assert b"200" not in await large.rest()
    await small.send(b"x")
    assert b"200 OK" in await small.reads.readuntil(b"20000 bytes")


@pytest.mark.parametrize(
    ("sent", "leaves"),
    [
        (b"GET /nowhere HTTP/1.1\r\nHost: us\r\n\r\n", False),
        (b"POST /small HTTP/1.1\r\nHost: us\r\n\r\n", False),
        (POST % 10 + b"x", True),
    ],
    ids=["no such page", "no such method", "a body that ends early"],
)
@pytest.mark.attack("unfinished_bodies")
async def test_what_was_refused_is_gone_without_the_collectors_help(
    listen: Open, sent: bytes, *, leaves: bool
) -> None:
    port = await listen(Bounds(body_seconds=FAR))

    def requests() -> int:
        return sum(isinstance(one, web.Request) for one in gc.get_objects())

    gc.collect()
    before = requests()
    gc.disable()
    try:
        for _ in range(5):
            peer = await port.peer(sent)
            if leaves:
                await eventually(lambda: requests() > before)
            else:
                await peer.reads.readuntil(b"\r\n\r\n")
            peer.writes.transport.abort()
            await eventually(lambda: port.open() == 0)
        await eventually(lambda: requests() == before)
    finally:
        gc.enable()


async def test_nobody_can_fill_the_log(listen: Open, caplog: pytest.LogCaptureFixture) -> None:
    port = await listen(Bounds(body_seconds=FAR))
    for sent in (b"\x16\x03\x01 no http\r\n\r\n", b"GET /small HTTP/1.1\r\n: \r\n\r\n", POST % 10 + b"x"):
        peer = await port.peer(sent)
        await eventually(lambda: port.open() <= 1)
        peer.writes.transport.abort()
    await eventually(lambda: port.open() == 0)
    assert caplog.records == []
    assert await port.get("/fails") == (500, '{"error": "It failed; the log says why."}')
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
