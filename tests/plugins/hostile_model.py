"""A model's server that attacks whoever asks it, and what that does to the process that asks.

The victim is a process of its own: it asks the server through :class:`ConfiguredModels`, as a bot does, and
measures by how much it grew and for how long its loop was held.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import sys
import zlib
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping

MIB = 2**20
WELL = 3
"""So many answers are as they should be: what is imported and made once is there before the attack."""
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def _streamed(pieces: Iterable[bytes], *, headers: bytes = b"") -> Iterator[bytes]:
    yield _HEAD + headers + b"Transfer-Encoding: chunked\r\n\r\n"
    for piece in pieces:
        yield _chunk(piece)
    yield b"0\r\n\r\n"


def _event(delta: object, **more: object) -> bytes:
    data = {
        "id": "1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "delta": delta, "finish_reason": None}],
        **more,
    }
    return b"data: " + json.dumps(data).encode() + b"\n\n"


def _repeated(piece: bytes, mib: int) -> Iterator[bytes]:
    for _ in range(mib * MIB // len(piece)):
        yield piece


@cache
def _bomb(layers: int = 1, *, window: int = zlib.MAX_WBITS | 16) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, window)
    data = b"".join(packer.compress(b": " + b"A" * (MIB - 3) + b"\n") for _ in range(100)) + packer.flush()
    for _ in range(layers - 1):
        data = gzip.compress(data)
    return data


def _tiny_chunks() -> Iterator[bytes]:
    yield _HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    yield from _repeated(_chunk(b":") * 8192, 16)


def _headers() -> Iterator[bytes]:
    yield _HEAD
    for _ in range(200):
        yield b"".join(b"X-%d: %b\r\n" % (number, b"y" * 8) for number in range(4096))


def _hints() -> Iterator[bytes]:
    yield from _repeated(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 1024, 16)


def _trailers() -> Iterator[bytes]:
    yield _HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + _chunk(_event({"content": "hi "})) + b"0\r\n"
    yield from _repeated(b"X-Trailer: " + b"y" * 1011 + b"\r\n", 64)


def _error_body() -> Iterator[bytes]:
    yield b"HTTP/1.1 500 Oh\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    yield from (_chunk(one) for one in _repeated(b'"\\u0000\x1b[2J' * 4096, 400))


def _harmless() -> Iterator[bytes]:
    end = {"index": 0, "delta": {}, "finish_reason": "stop"}
    said = [_event({"content": "hi "}), _event({}, choices=[end]), b"data: [DONE]\n\n"]
    return _streamed(said, headers=b"Connection: close\r\n")


ATTACKS: Mapping[str, Callable[[], Iterator[bytes]]] = {
    "a line without end": lambda: _streamed(_repeated(b"A" * 65536, 400)),
    "an event without end": lambda: _streamed(_repeated(b"data: " + b"A" * 1017 + b"\n", 400)),
    "an event of blank data lines": lambda: _streamed(_repeated(b"data:\n" * 8192, 64)),
    "comments without end": lambda: _streamed(_repeated(b":\n" * 16384, 64)),
    "blank lines without end": lambda: _streamed(_repeated(b"\n" * 65536, 64)),
    "empty events without end": lambda: _streamed(_repeated(b"data: {}\n\n" * 4096, 64)),
    "chunks of a byte": _tiny_chunks,
    "a gzip bomb": lambda: _streamed([_bomb()], headers=b"Content-Encoding: gzip\r\n"),
    "a gzip bomb in a gzip bomb": lambda: _streamed([_bomb(2)], headers=b"Content-Encoding: gzip, gzip\r\n"),
    "a deflate bomb": lambda: _streamed(
        [_bomb(window=zlib.MAX_WBITS)], headers=b"Content-Encoding: deflate\r\n"
    ),
    "an unknown compression": lambda: _streamed([_bomb()], headers=b"Content-Encoding: zstd\r\n"),
    "deep nesting": lambda: _streamed([b"data: " + b"[" * 250_000 + b"]" * 250_000 + b"\n\n"]),
    "many choices": lambda: _streamed([_event({}, choices=[{} for _ in range(60_000)])]),
    "a huge number": lambda: _streamed([b'data: {"created": ' + b"9" * 200_000 + b"}\n\n"]),
    "events full of numbers": lambda: _streamed(
        _repeated(b'data: {"usage": [' + b"1," * 400 + b"1]}\n\n", 64)
    ),
    "text without end": lambda: _streamed(_repeated(_event({"content": "word " * 40_000}), 64)),
    "thoughts without end": lambda: _streamed(
        _repeated(_event({"reasoning_content": "\U0001f600 hm" * 8_000}), 64)
    ),
    "a flood of headers": _headers,
    "hints without end": _hints,
    "trailers without end": _trailers,
    "an error without end": _error_body,
}


@asynccontextmanager
async def serving(attack: Callable[[], Iterator[bytes]]) -> AsyncIterator[str]:
    """Answer the first requests well, and those from then on with ``attack``; yield the address."""
    asked = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            nonlocal asked
            asked += 1
            for piece in attack() if asked > WELL else _harmless():
                writer.write(piece)
                await writer.drain()
            # What is refused is refused for what was sent, not for a connection that ended.
            await reader.read() if asked > WELL else None
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Felt:
    """What one attack did: ``problem`` is what the bot says of the model."""

    held_ms: float
    rss_added_mib: float
    problem: str


async def attacked(attack: Callable[[], Iterator[bytes]]) -> Felt:
    """Have a process ask a server that does ``attack``."""
    async with serving(attack) as url:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            Path(__file__),
            url,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            async with asyncio.timeout(90):
                told, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    return Felt(**json.loads(told))


async def _victim(url: str) -> Felt:
    from resource import RUSAGE_SELF, getrusage  # noqa: PLC0415 - of the victim only
    from time import thread_time  # noqa: PLC0415

    from botpod.config.schema import ModelSection  # noqa: PLC0415
    from botpod.errors import NoModelAnswers  # noqa: PLC0415
    from botpod.models.backoff import Rounds  # noqa: PLC0415
    from botpod.models.fallback import ConfiguredModels  # noqa: PLC0415
    from botpod.skills.protocol import Turn  # noqa: PLC0415

    section = {"name": "m", "provider": "OpenAI", "model": "m", "credential": "key", "timeoutSeconds": 8}
    models = ConfiguredModels(
        [ModelSection.model_validate({**section, "baseUrl": url})],
        secret=lambda _: "key",
        rounds=Rounds(count=1),
    )

    async def ask() -> None:
        turn = Turn(role="user", content="hi")
        with suppress(NoModelAnswers):
            async for _ in models.answer((turn,), instructions="", correlation_id="c"):
                pass

    await models.warm()
    for _ in range(WELL):
        await ask()
    before, held = getrusage(RUSAGE_SELF).ru_maxrss, 0.0

    async def tick() -> None:
        nonlocal held
        while True:
            # By the processor's time: how busy the machine is with others is not the attack's doing.
            began = thread_time()
            await asyncio.sleep(0.001)
            held = max(held, thread_time() - began)

    ticking = asyncio.create_task(tick())
    await asyncio.sleep(0.01)
    await ask()
    await asyncio.sleep(0.01)
    ticking.cancel()
    added = (getrusage(RUSAGE_SELF).ru_maxrss - before) / 1024
    problem = models.status()["m"]["problem"] or ""
    return Felt(held_ms=held * 1000, rss_added_mib=added, problem=problem)


if __name__ == "__main__":
    felt = asyncio.run(_victim(sys.argv[1]))
    sys.stdout.write(json.dumps(asdict(felt)))
