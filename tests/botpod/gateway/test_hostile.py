"""A Discord that isn't Discord: what it sends is bounded, and it leads nobody elsewhere."""

from __future__ import annotations

import asyncio
import gzip
import json
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from discord_rest import rest_client
from nextcord.gateway import ReconnectWebSocket
from speaking import speaking

from botpod.errors import BotpodError, Transient
from botpod.gateway.http import MAX_PAYLOAD
from botpod.gateway.limits import retries
from botpod.gateway.socket import TooLarge, _Websocket

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

ZEROES = b"0" * 2**20
FLUSH = b"\x00\x00\xff\xff"


async def _endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    while True:
        await response.write(ZEROES)


async def _bomb(_: web.Request) -> web.StreamResponse:
    packed = gzip.compress(b"".join([ZEROES] * 200))
    return web.Response(body=packed, headers={"Content-Type": "application/json", "Content-Encoding": "gzip"})


@pytest.mark.parametrize("answer", [_endless, _bomb])
async def test_an_answer_without_end_is_trouble_that_passes(
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retries, "_FIRST_DELAY", 0.02)
    async with speaking(answer) as url, rest_client(url, "token") as bot:
        async with asyncio.timeout(60):
            with pytest.raises(Transient):
                await bot.rest.login()


@pytest.mark.attack("redirected_key")
async def test_nobody_is_led_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "_FIRST_DELAY", 0.02)
    heard: list[str] = []

    async def hear(request: web.Request) -> web.StreamResponse:
        heard.append(request.path)
        return web.json_response({})

    async with speaking(hear) as elsewhere:

        async def lead(request: web.Request) -> web.StreamResponse:
            return web.Response(status=307, headers={"Location": f"{elsewhere}{request.path}"})

        async with speaking(lead) as url, rest_client(url, "token") as bot:
            with pytest.raises(BotpodError):
                await bot.rest.respond(1, "a-token-of-an-interaction", "hello", ephemeral=False)
    assert heard == []


def websocket() -> Any:
    made: Any = _Websocket(None, loop=asyncio.get_running_loop())  # type: ignore[arg-type] # it sends nothing
    made.shard_id = 0
    return made


async def test_an_event_passes_in_pieces() -> None:
    packer, ws = zlib.compressobj(), websocket()
    heard: list[Any] = []
    ws._discord_parsers = {"HELLO_YOU": heard.append}
    for number in range(2):
        event = {"op": 0, "t": "HELLO_YOU", "s": number + 1, "d": {"number": number}}
        data = packer.compress(json.dumps(event).encode()) + packer.flush(zlib.Z_SYNC_FLUSH)
        for start in range(0, len(data), 7):
            await ws.received_message(data[start : start + 7])
    assert heard == [{"number": 0}, {"number": 1}]


@pytest.mark.parametrize(
    "terse",
    [
        '{"op": 11}',
        '{"op": 11, "d": null}',
        '{"op": 0, "t": "RESUMED", "s": 3}',
        '{"op": 0, "t": "RESUMED", "s": 3, "d": null}',
        '{"op": 0, "t": "SOMETHING_NEW", "s": 3, "d": 1}',
        '{"op": 99}',
    ],
)
async def test_a_payload_need_not_have_every_field_nor_be_known(terse: str) -> None:
    ws, heard = websocket(), []
    ws._discord_parsers = {"RESUMED": heard.append}
    await ws.received_message(terse)
    assert len(heard) == ("RESUMED" in terse)


@pytest.mark.parametrize("terse", ['{"op": 7}', '{"op": 9}', '{"op": 9, "d": false}'])
async def test_a_terse_goodbye_is_one(terse: str) -> None:
    ws = websocket()
    closed: list[int] = []

    async def close(code: int = 4000) -> None:
        closed.append(code)

    ws.close = close
    with pytest.raises(ReconnectWebSocket) as end:
        await ws.received_message(terse)
    assert end.value.resume is ("7" in terse)
    assert len(closed) == 1


@pytest.mark.attack("compressed_bomb")
async def test_a_bomb_ends_the_connection() -> None:
    packer = zlib.compressobj()
    bomb = b"".join(packer.compress(ZEROES) for _ in range(100)) + packer.flush(zlib.Z_SYNC_FLUSH)
    with pytest.raises(TooLarge):
        await websocket().received_message(bomb)


@pytest.mark.attack("endless_line")
async def test_an_event_without_end_ends_the_connection() -> None:
    ws = websocket()
    for _ in range(MAX_PAYLOAD // len(ZEROES)):
        await ws.received_message(ZEROES)
    with pytest.raises(TooLarge):
        await ws.received_message(ZEROES)
