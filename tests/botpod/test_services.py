"""A bot with every service that it can have: whether each works, and what is left of them when it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from eventually import eventually
from postgresql import PASSWORD
from redis.asyncio import Redis

from botpod_local.models import Reply

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from bot_process import BotProcess, MakeProcess
    from postgresql import PostgresqlServer
    from redis_server import RedisServer

    from botpod_local.discord import DiscordServer
    from botpod_local.models import ModelsServer

pytestmark = pytest.mark.timeout(240)

ALL = ("discord", "discordToken", "model/main", "redis", "sql")

type StartWhole = Callable[..., Awaitable[BotProcess]]


@pytest.fixture
def start_whole(
    bot_process: MakeProcess, redis_server: RedisServer, postgresql_url: str, tmp_path: Path
) -> StartWhole:
    """Start a bot with Redis, PostgreSQL and a model."""

    async def start(**more: Any) -> BotProcess:
        (tmp_path / "credentials" / "postgresql-password").write_text(PASSWORD)
        bot = await bot_process(wait=False, **more)
        await bot.kill()
        bot.config["credentials"]["keys"].append({"name": "postgresql-password", "kind": "PostgreSQL"})
        bot.config["state"] = {
            "sql": {"url": postgresql_url, "credential": "postgresql-password"},
            "redis": {"url": redis_server.url},
        }
        await bot.start()
        return bot

    return start


def answers(discord: DiscordServer) -> list[str]:
    me = str(discord.application.bot_user_id)
    return [one["content"] for one in discord.looking.messages("general") if one["author"]["id"] == me]


async def health(bot: BotProcess) -> dict[str, Any]:
    # Inside: what is wrong is nothing for whoever passes by the public port.
    code, body = await bot.get("/health")
    assert code == 200
    found: dict[str, Any] = body
    return found


async def troubled(bot: BotProcess) -> list[str]:
    services = (await health(bot))["services"]
    return [name for name, one in services.items() if one["status"] == "unhealthy" and one["error"]]


@pytest.mark.req("AC-42", "AC-43", "AC-57", "AU-26", "CP-57")
@pytest.mark.partly("AC-38", lacks="who follows a log by hand does it with `kubectl logs`")
@pytest.mark.partly("AC-10", lacks="their number is for the reader to count")
async def test_each_service_that_fails_is_told_and_told_again_when_it_works(
    discord: DiscordServer,
    models: ModelsServer,
    start_whole: StartWhole,
    redis_server: RedisServer,
    postgresql_server: PostgresqlServer,
) -> None:
    bot = await start_whole()
    discord.people.post("general", "ada", "!ask echo one")
    await eventually(lambda: answers(discord) == ["one"], seconds=30)

    async def all_well() -> bool:
        body = await health(bot)
        services = {name: {"status": "healthy"} for name in ALL}
        return (body["status"], body["services"]) == ("healthy", services)

    async def only(name: str) -> bool:
        return await troubled(bot) == [name] and (await health(bot))["status"] == "degraded"

    await eventually(all_well, seconds=30)

    redis_server.kill()
    await eventually(lambda: only("redis"), seconds=30)
    redis_server.start()
    await eventually(all_well, seconds=60)

    postgresql_server.stop()
    try:
        discord.people.post("general", "ada", "!ask echo two")
        await eventually(lambda: only("sql"), seconds=30)
    finally:
        postgresql_server.start()
    await eventually(all_well, seconds=60)

    models.control.fail(503, times=None)
    discord.people.post("general", "ada", "!ask echo three")
    await eventually(lambda: only("model/main"), seconds=60)
    models.control.heal()
    discord.people.post("general", "ada", "!ask echo four")
    await eventually(lambda: answers(discord)[-1] == "four", seconds=60)
    await eventually(all_well, seconds=60)

    # What the log says of it can be selected by level and by name.
    for name in ("redis", "sql"):
        told = [(line["level"], line["message"]) for line in bot.lines if line["message"].startswith(name)]
        assert [level for level, _ in told] == ["WARNING", "INFO"]
        assert told[0][1].startswith(f"{name} is in trouble: ")
        assert told[1][1] == f"{name} works again."


@pytest.mark.req("AC-64", "AC-65", "AC-67")
async def test_when_it_has_ended_nothing_of_it_is_left(  # noqa: PLR0917 - fixtures
    discord: DiscordServer,
    models: ModelsServer,
    start_whole: StartWhole,
    redis_server: RedisServer,
    postgresql_server: PostgresqlServer,
    postgresql_url: str,
) -> None:
    database = urlsplit(postgresql_url).path[1:]
    counting = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{database}'"
    bot = await start_whole(module="leftovers")
    models.control.on("slowly", Reply(text=" ".join(f"word{number}" for number in range(20))))
    models.control.slow(between_tokens=0.05)
    discord.people.post("general", "ada", "!ask slowly")
    await eventually(lambda: answers(discord), seconds=30)

    async with Redis.from_url(redis_server.url, decode_responses=True) as client:
        assert len(await client.client_list()) > 1
        assert int(postgresql_server.sql(counting)) > 0

        assert await bot.stop() == 0

        # What was begun is finished; then nobody is connected, and nothing runs.
        assert answers(discord)[0].endswith("word19")
        assert len(await client.client_list()) == 1
        assert int(postgresql_server.sql(counting)) == 0
    (ended,) = [line for line in bot.lines if "leftovers" in line]
    assert ended["leftovers"] == {"tasks": [], "threads": [], "connections": []}
