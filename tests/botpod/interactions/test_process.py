"""Bots with the delivery Interactions: processes of their own, spoken to as Discord does."""

from __future__ import annotations

import asyncio
import io
import json
import signal
import time
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from eventually import eventually, eventually_is
from postgresql import PASSWORD

from botpod_local.discord.endpoints.signing import SIGNATURE, TIMESTAMP, signed
from botpod_local.models import Reply

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from bot_process import BotProcess, MakeProcess
    from discord_client import Rest
    from redis_server import RedisServer
    from standin_service import Service

    from botpod_local.discord import DiscordServer
    from botpod_local.models import ModelsServer

pytestmark = pytest.mark.timeout(240)
ONCE = "> echo once\n\nonce"
"""The answer to a command: others see what was asked."""


def by_http(discord: DiscordServer) -> dict[str, Any]:
    return {"apiUrl": discord.api_url, "delivery": "Interactions"}


type MakeTwo = Callable[..., Awaitable[tuple[BotProcess, BotProcess]]]


@pytest.fixture
def two(
    discord: DiscordServer, bot_process: MakeProcess, redis_server: RedisServer, tmp_path: Path
) -> MakeTwo:
    """Start two that share Redis."""

    async def start(**changes: Any) -> tuple[BotProcess, BotProcess]:
        state = {
            "sql": {"url": f"sqlite+aiosqlite:///{tmp_path}/botpod.db"},
            "redis": {"url": redis_server.url},
        }
        changes |= {"discord": by_http(discord), "state": state}
        return await bot_process("first", **changes), await bot_process("second", **changes)

    return start


@pytest.fixture
def two_by_sql(
    discord: DiscordServer, bot_process: MakeProcess, postgresql_url: str, tmp_path: Path
) -> MakeTwo:
    """Start two that share PostgreSQL and no Redis."""
    kinds = {"discord-token": "DiscordToken", "openai-api-key": "OpenAI", "sql-password": "PostgreSQL"}

    async def start(**changes: Any) -> tuple[BotProcess, BotProcess]:
        (tmp_path / "credentials" / "sql-password").write_text(PASSWORD)
        changes |= {
            "discord": by_http(discord),
            "state": {"sql": {"url": postgresql_url, "credential": "sql-password"}},
            "credentials": {
                "directory": str(tmp_path / "credentials"),
                "keys": [{"name": name, "kind": kind} for name, kind in kinds.items()],
            },
        }
        return await bot_process("first", **changes), await bot_process("second", **changes)

    return start


def answers(discord: DiscordServer) -> list[str]:
    me = str(discord.application.bot_user_id)
    return [
        one["content"] for one in discord.looking.messages("general", limit=1000) if one["author"]["id"] == me
    ]


def posts(discord: DiscordServer) -> list[dict[str, Any]]:
    return discord.record.entries(kind="post")


def failures(discord: DiscordServer) -> list[dict[str, Any]]:
    return [e for e in discord.record.entries(kind="interaction") if e["event"] == "INTERACTION_FAILURE"]


async def begin(discord: DiscordServer, rest: Rest, service: Service, *bots: BotProcess) -> None:
    """Point Discord at the bots, once it has their commands."""
    service.ports = [bot.config["server"]["publicPort"] for bot in bots]
    pointed = await rest(
        "PATCH",
        "/applications/@me",
        {"interactions_endpoint_url": f"{service.url}/default/hello/interactions"},
    )
    assert pointed.status == 200
    await eventually(lambda: discord.application.commands)


async def post(bot: BotProcess, body: bytes | io.BytesIO, headers: dict[str, str]) -> tuple[int, str]:
    url = f"http://127.0.0.1:{bot.config['server']['publicPort']}/interactions"
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=body, headers=headers) as answer,
    ):
        return answer.status, await answer.text()


async def metrics(bot: BotProcess) -> str:
    url = f"http://127.0.0.1:{bot.config['server']['internalPort']}/metrics"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return await answer.text()


def signs(discord: DiscordServer, body: bytes, *, ago: float = 0) -> dict[str, str]:
    return signed(body, private_key=discord.application.private_key, now=time.time() - ago)


PING = json.dumps({"type": 1, "id": "1", "application_id": "1", "token": "t", "version": 1}).encode()


async def test_a_command_is_answered_without_a_gateway(
    discord: DiscordServer, rest: Rest, service: Service, bot_process: MakeProcess
) -> None:
    bot = await bot_process(discord=by_http(discord))
    assert "Interactions Endpoint URL" in (await bot.get("/status"))[1]["notes"]["interactions"]
    await begin(discord, rest, service, bot)

    discord.interacting.command("general", "ada", "ask", {"question": "echo hi"})

    await eventually_is(lambda: answers(discord), ["> echo hi\n\nhi"])
    assert [entry["outcome"] for entry in posts(discord)] == ["accepted"]
    assert not discord.record.entries(kind="connect")
    _, status = await bot.get("/status")
    assert status["delivery"] == "Interactions"
    assert status["ready"] is True
    assert status["standby"] is False
    assert status["shards"] == {}


@pytest.mark.partly("AU-18", lacks="an API for queries, whose errors have codes too")
async def test_what_discord_did_not_sign_now_is_refused(
    discord: DiscordServer, bot_process: MakeProcess
) -> None:
    bot = await bot_process(discord=by_http(discord))
    good = signs(discord, PING)
    forged = "".join(reversed(good[SIGNATURE]))

    assert await post(bot, PING, good) == (200, '{"type": 1}')
    refused = [
        await post(bot, PING, headers)
        for headers in (
            {},
            {TIMESTAMP: good[TIMESTAMP]},
            {SIGNATURE: good[SIGNATURE]},
            good | {SIGNATURE: forged},
            good | {SIGNATURE: good[SIGNATURE][:-2]},
            good | {TIMESTAMP: str(int(good[TIMESTAMP]) + 1)},
            good | {TIMESTAMP: "now"},
            signs(discord, PING, ago=400),
            signs(discord, PING, ago=-400),
        )
    ]
    refused.append(await post(bot, PING + b" ", good))

    assert {status for status, _ in refused} == {401}
    assert len({text for _, text in refused}) == 1
    no_json, no_object = b"\xff", b"[]"
    assert (await post(bot, no_json, signs(discord, no_json)))[0] == 400
    assert (await post(bot, no_object, signs(discord, no_object)))[0] == 400
    assert (await post(bot, io.BytesIO(b"x" * 2**21), good))[0] == 413
    assert (await bot.get("/interactions", public=True))[0] == 405
    assert await post(bot, PING, good) == (200, '{"type": 1}')


@pytest.mark.attack("replayed_interaction")
async def test_what_is_sent_twice_is_answered_once(
    discord: DiscordServer, rest: Rest, service: Service, two: MakeTwo
) -> None:
    first, second = await two()
    await begin(discord, rest, service, first)
    kept: list[tuple[bytes, dict[str, str]]] = []
    service.seen = lambda body, headers: kept.append((body, headers))
    discord.interacting.command("general", "ada", "ask", {"question": "echo once"})
    await eventually_is(lambda: answers(discord), [ONCE])

    (sent,) = kept
    assert (await post(second, *sent))[0] == 202
    assert (await post(first, *sent))[0] == 202

    async def refused() -> bool:
        pages = [await metrics(bot) for bot in (first, second)]
        return all('botpod_requests_refused_total{reason="duplicate"} 1.0' in page for page in pages)

    await eventually(refused)
    assert answers(discord) == [ONCE]


async def test_two_that_share_nothing_make_one_message_of_it(
    discord: DiscordServer, rest: Rest, service: Service, bot_process: MakeProcess, tmp_path: Path
) -> None:
    first, second = [
        await bot_process(
            name,
            discord=by_http(discord),
            state={"sql": {"url": f"sqlite+aiosqlite:///{tmp_path}/{name}.db"}},
        )
        for name in ("first", "second")
    ]
    await begin(discord, rest, service, first)
    again: list[asyncio.Task[Any]] = []
    service.seen = lambda *sent: again.append(asyncio.create_task(post(second, *sent)))

    discord.interacting.command("general", "ada", "ask", {"question": "echo once"})

    async def both() -> bool:
        pages = [await metrics(bot) for bot in (first, second)]
        return all('botpod_requests_total{outcome="answered",skill="chat"} 1.0' in page for page in pages)

    await eventually(both, seconds=30)
    assert [(await one)[0] for one in again] == [202]
    assert answers(discord) == [ONCE]


@pytest.mark.req("CL-40")
@pytest.mark.attack("replayed_interaction")
async def test_two_that_share_postgresql_alone_take_what_is_sent_to_both_once(
    discord: DiscordServer, rest: Rest, service: Service, two_by_sql: MakeTwo
) -> None:
    first, second = await two_by_sql()
    times = 20
    await begin(discord, rest, service, first)
    again: list[asyncio.Task[Any]] = []
    service.seen = lambda *sent: again.append(asyncio.create_task(post(second, *sent)))

    wanted = sorted(f"> echo {number}\n\n{number}" for number in range(times))
    for number in range(times):
        discord.interacting.command("general", "ada", "ask", {"question": f"echo {number}"})
    await eventually_is(lambda: sorted(answers(discord)), wanted, seconds=60)

    async def settled() -> bool:
        return await summed(first, second, 'refused_total{reason="duplicate"}') == times

    await eventually(settled, seconds=30)
    assert await summed(first, second, 'total{outcome="answered",skill="chat"}') == times
    assert [(await one)[0] for one in again] == [202] * times


async def summed(first: BotProcess, second: BotProcess, name: str) -> float:
    lines = "\n".join([await metrics(first), await metrics(second)]).splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith(f"botpod_requests_{name} "))


async def test_a_slow_answer_is_promised_in_time_and_follows(
    discord: DiscordServer,
    rest: Rest,
    service: Service,
    bot_process: MakeProcess,
    models: ModelsServer,
) -> None:
    bot = await bot_process(discord=by_http(discord), flags={"streaming": False, "typing": False})
    await begin(discord, rest, service, bot)
    models.control.on("slowly", Reply(text=" ".join(f"word{number}" for number in range(20))))
    models.control.slow(between_tokens=0.2)

    begun = time.monotonic()
    discord.interacting.command("general", "ada", "ask", {"question": "slowly"})
    await eventually(lambda: answers(discord) == [""])
    promised = time.monotonic() - begun
    await eventually(lambda: answers(discord)[0].endswith("word19"), seconds=30)

    assert promised < 3
    assert time.monotonic() - begun > 3
    assert len(answers(discord)) == 1
    assert not failures(discord)


async def test_stopping_one_of_two_loses_nothing(
    discord: DiscordServer, rest: Rest, service: Service, two: MakeTwo, models: ModelsServer
) -> None:
    first, second = await two(
        limits={"messagesPerUser": 1000, "concurrentPerUser": 64, "concurrentPerChannel": 64}
    )
    await begin(discord, rest, service, first, second)
    models.control.slow(between_tokens=0.1)
    people = ("ada", "linus", "grace", "alan")
    stopped: asyncio.Task[int] | None = None
    for number in range(60):
        discord.interacting.command(
            "general", people[number % 4], "ask", {"question": f"echo number {number}"}
        )
        if number == 20:
            stopped = asyncio.create_task(stop_behind(service, first, discord))
        await asyncio.sleep(0.1)

    assert stopped is not None
    assert await stopped == 0
    wanted = sorted(f"> echo number {number}\n\nnumber {number}" for number in range(60))
    await eventually_is(lambda: sorted(answers(discord)), wanted, seconds=60)
    assert not failures(discord)
    assert {entry["outcome"] for entry in posts(discord)} == {"accepted"}
    assert min(service.answered.values()) >= 10


async def stop_behind(service: Service, bot: BotProcess, discord: DiscordServer) -> int:
    """Stop a bot, of which the Service hears some commands after it is unready; return its exit code."""
    bot.signal(signal.SIGTERM)
    await eventually(lambda: unready(bot))
    before = len(posts(discord))
    await eventually(lambda: len(posts(discord)) >= before + 8)
    service.ports.remove(bot.config["server"]["publicPort"])
    return await bot.ended()


async def test_who_stops_is_unready_first_and_refuses_last(
    discord: DiscordServer, bot_process: MakeProcess
) -> None:
    bot = await bot_process(discord=by_http(discord))
    bot.signal(signal.SIGTERM)
    await eventually(lambda: unready(bot))

    assert await post(bot, PING, signs(discord, PING)) == (200, '{"type": 1}')
    assert await bot.ended() == 0


async def unready(bot: BotProcess) -> bool:
    return (await bot.get("/readyz"))[0] == 503


async def test_without_a_valid_token_it_waits_for_one(
    discord: DiscordServer, bot_process: MakeProcess, tmp_path: Path
) -> None:
    (tmp_path / "credentials" / "discord-token").write_text("wrong")
    bot = await bot_process(discord=by_http(discord), wait=False)

    async def closed() -> bool:
        _, status = await bot.get("/status")
        return status is not None and "refused the token" in str(status["dependencies"].get("discord"))

    await eventually(closed, seconds=60)
    assert (await post(bot, PING, signs(discord, PING)))[0] == 503
    assert await unready(bot)

    (tmp_path / "credentials" / "discord-token").write_text(discord.token)
    await bot.ready()
    assert (await post(bot, PING, signs(discord, PING)))[0] == 200


async def test_a_new_token_brings_its_key(
    discord: DiscordServer, bot_process: MakeProcess, tmp_path: Path
) -> None:
    bot = await bot_process(discord=by_http(discord))
    discord.building.add_bot("other")
    other = next(one for one in discord.world.applications.values() if one.name == "other")
    theirs = signed(PING, private_key=other.private_key, now=time.time())
    assert (await post(bot, PING, theirs))[0] == 401

    (tmp_path / "credentials" / "discord-token").write_text(other.token)

    async def known() -> bool:
        return (await post(bot, PING, theirs))[0] == 200

    await eventually(known)
    assert (await post(bot, PING, signs(discord, PING)))[0] == 401
