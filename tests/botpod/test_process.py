"""The bot as a process: what is started in a pod, watched, stopped, killed and started again."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import pytest
from bot_process import botpod
from eventually import eventually, eventually_is

from botpod_local.models import Reply

if TYPE_CHECKING:
    from pathlib import Path

    from bot_process import BotProcess, MakeProcess
    from redis_server import RedisServer

    from botpod_local.discord import DiscordServer
    from botpod_local.models import ModelsServer

pytestmark = pytest.mark.timeout(240)


def answers(discord: DiscordServer, channel: str = "general") -> list[str]:
    me = str(discord.application.bot_user_id)
    return [one["content"] for one in discord.looking.messages(channel) if one["author"]["id"] == me]


@pytest.mark.req("CL-03", "CL-05", "CP-36")
async def test_a_conversation_survives_a_restart(discord: DiscordServer, bot_process: MakeProcess) -> None:
    bot = await bot_process()
    mention = f"<@{discord.application.bot_user_id}>"
    discord.people.post("general", "ada", f"{mention} echo the first thing")
    await eventually(lambda: answers(discord) == ["the first thing"])

    assert await bot.stop() == 0
    await bot.start()
    discord.people.post("general", "ada", f"{mention} what did I say before?")

    await eventually(lambda: any("echo the first thing" in answer for answer in answers(discord)))


@pytest.mark.req("AU-24", "AU-25")
async def test_the_log_follows_one_event_and_keeps_secrets(
    discord: DiscordServer, bot_process: MakeProcess
) -> None:
    bot = await bot_process(logging={"level": "DEBUG", "levels": {"nextcord": "DEBUG", "asyncio": "INFO"}})
    discord.people.post("@hello", "ada", "echo hi")
    await eventually(lambda: [line for line in bot.lines if line["message"] == "A request is done."])
    await bot.stop()

    (done,) = [line for line in bot.lines if line["message"] == "A request is done."]
    assert done["correlation_id"]
    assert done["skill"] == "chat"
    assert done["error"] is None
    text = "\n".join(bot.raw)
    assert discord.token not in text
    assert "sk-this-is-the-key-of-the-test" not in text
    assert not [line for line in bot.lines if line["level"] in {"ERROR", "CRITICAL"}]


@pytest.mark.req("AU-23")
async def test_stopping_finishes_what_was_begun(
    discord: DiscordServer, models: ModelsServer, bot_process: MakeProcess
) -> None:
    bot = await bot_process()
    models.control.on("slowly", Reply(text=" ".join(f"word{number}" for number in range(30))))
    models.control.slow(between_tokens=0.05)
    discord.people.post("general", "ada", "!ask slowly")
    await eventually(lambda: answers(discord))

    bot.signal(signal.SIGTERM)
    await eventually(lambda: not [one for one in discord.looking.sessions() if one["connected"]])
    assert "word29" not in answers(discord)[0]
    code = await bot.ended()

    assert code == 0
    assert len(answers(discord)) == 1
    assert answers(discord)[0].endswith("word29")


async def test_what_takes_longer_than_allowed_is_broken_off_honestly(
    discord: DiscordServer, models: ModelsServer, bot_process: MakeProcess
) -> None:
    bot = await bot_process(shutdown={"graceSeconds": 0.5})
    models.control.on("for ever", Reply(text="beginning and " * 50))
    models.control.stall(after=3)
    discord.people.post("general", "ada", "!ask for ever")
    await eventually(lambda: answers(discord))

    assert await bot.stop() == 0

    assert "broke off" in answers(discord)[0]
    models.control.heal()


async def test_a_wrong_token_is_waited_out_and_shown(
    discord: DiscordServer, bot_process: MakeProcess, tmp_path: Path
) -> None:
    (tmp_path / "credentials" / "discord-token").write_text("wrong")
    bot = await bot_process(wait=False)

    async def shown() -> bool:
        _, status = await bot.get("/status")
        return status is not None and "refused the token" in str(status["dependencies"].get("discord"))

    await eventually(shown, seconds=60)
    assert (await bot.get("/livez"))[0] == 200
    assert (await bot.get("/readyz"))[0] == 503
    assert (await bot.get("/ready", public=True))[0] == 503

    (tmp_path / "credentials" / "discord-token").write_text(discord.token)
    await bot.ready()
    discord.people.post("@hello", "ada", "echo hi")
    await eventually(lambda: [line for line in bot.lines if line["message"] == "A request is done."])


async def test_it_is_small(bot_process: MakeProcess) -> None:
    bot = await bot_process()
    await asyncio.sleep(1)

    assert bot.resident_mib <= 160


async def two(
    bot_process: MakeProcess, discord: DiscordServer, redis_server: RedisServer, tmp_path: Path
) -> tuple[BotProcess, BotProcess]:
    changes = {
        "discord": {"apiUrl": discord.api_url, "shards": {"minimum": 2, "leaseSeconds": 1.0}},
        "state": {
            "sql": {"url": f"sqlite+aiosqlite:///{tmp_path}/botpod.db"},
            "redis": {"url": redis_server.url},
        },
    }
    first = await bot_process("first", **changes)
    second = await bot_process("second", **changes)
    await eventually(lambda: spread(first, second), seconds=30)
    return first, second


async def shards(bot: BotProcess) -> list[str]:
    _, status = await bot.get("/status")
    owned = (status or {}).get("shards", {})
    return [number for number, shard in owned.items() if shard["state"] == "connected"]


async def spread(first: BotProcess, second: BotProcess) -> bool:
    return [len(await shards(bot)) for bot in (first, second)] == [1, 1]


async def talk(discord: DiscordServer, stop: asyncio.Event, start: int = 0) -> int:
    """Talk five times a second in ten channels until told to stop; return the next number."""
    number = start
    while not stop.is_set():
        discord.people.post(f"room-{number % 10}", "ada", f"!ask echo {number}")
        number += 1
        await asyncio.sleep(0.2)
    return number


def heard(discord: DiscordServer) -> list[str]:
    return sorted(text for number in range(10) for text in answers(discord, f"room-{number}"))


@pytest.mark.req("CP-37", "AC-96", "AU-34")
async def test_two_processes_answer_once_while_they_come_and_go(
    discord: DiscordServer, bot_process: MakeProcess, redis_server: RedisServer, tmp_path: Path
) -> None:
    for number in range(10):
        discord.building.add_channel(f"room-{number}")
    first, second = await two(bot_process, discord, redis_server, tmp_path)
    identifies = discord.record.counters["identifies"]
    stop = asyncio.Event()
    talking = asyncio.create_task(talk(discord, stop))
    await eventually(lambda: len(heard(discord)) >= 3)

    assert await first.stop() == 0
    await eventually(lambda: _owns(second, 2), seconds=20)
    await first.start()
    await eventually(lambda: spread(first, second), seconds=20)
    redis_server.kill()
    await asyncio.sleep(2)
    redis_server.start()
    await asyncio.sleep(2)
    assert await spread(first, second)
    stop.set()
    said = await talking

    await eventually_is(lambda: heard(discord), sorted(str(number) for number in range(said)), seconds=60)
    await asyncio.sleep(0.5)
    assert len(heard(discord)) == said
    assert discord.record.counters["identifies"] == identifies


async def test_a_killed_process_is_replaced_by_the_other(
    discord: DiscordServer, bot_process: MakeProcess, redis_server: RedisServer, tmp_path: Path
) -> None:
    first, second = await two(bot_process, discord, redis_server, tmp_path)
    identifies = discord.record.counters["identifies"]

    await first.kill()
    discord.people.post("general", "ada", "!ask echo while nobody listens")
    await eventually(lambda: _owns(second, 2), seconds=20)

    await eventually_is(lambda: answers(discord), ["while nobody listens"], seconds=30)
    assert discord.record.counters["identifies"] == identifies


@pytest.mark.req("CP-37")
async def test_an_answer_that_a_kill_interrupts_is_finished_by_the_other_in_the_same_message(
    discord: DiscordServer,
    models: ModelsServer,
    bot_process: MakeProcess,
    redis_server: RedisServer,
    tmp_path: Path,
) -> None:
    first, second = await two(bot_process, discord, redis_server, tmp_path)
    models.control.on("slowly", Reply(text=" ".join(f"word{number}" for number in range(40))))
    models.control.slow(between_tokens=0.1)
    # In private: that is shard 0's.
    discord.people.post("@hello", "ada", "slowly, please")
    discord.people.post("@hello", "ada", "and echo this afterwards")

    def private() -> list[str]:
        me = str(discord.application.bot_user_id)
        return [
            one["content"] for one in discord.looking.messages("@hello", "ada") if one["author"]["id"] == me
        ]

    await eventually(private)
    owner = first if "0" in await shards(first) else second
    await owner.kill()

    await eventually(lambda: len(private()) == 2, seconds=60)
    assert private()[0].endswith("word39")
    assert "this afterwards" in private()[1]
    await asyncio.sleep(0.5)
    assert len(private()) == 2


async def _owns(bot: BotProcess, count: int) -> bool:
    return len(await shards(bot)) == count


async def test_check_lists_every_mistake_and_run_does_not_begin(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(
        """
bot: {name: Hello}
credentials: {directory: DIR, keys: [{name: discord-token, kind: DiscordToken}]}
models: [{name: a, provider: OpenAI, model: m, baseUrl: nowhere}]
skills: [{name: chat, settings: {historyMessages: many}}, {name: juggle}]
limts: {}
""".replace("DIR", str(tmp_path))
    )

    for command in ("check", "run"):
        code, out, errors = await botpod(command, "--config", file)
        assert code == 1
        assert out == ""
        assert "bot.name is" in errors
        assert 'The credential "discord-token" has no file' in errors
        assert "models[0].baseUrl is not a whole address" in errors
        assert "limts is not a known field; rename it to limits or remove it." in errors
        assert "skills[0].settings.historyMessages is" in errors
        assert 'skills[1].name names "juggle", which this image does not have; use one of: chat' in errors


async def test_check_says_when_all_is_well(tmp_path: Path) -> None:
    (tmp_path / "discord-token").write_text("t")
    file = tmp_path / "config.yaml"
    file.write_text(
        f"bot: {{name: hello}}\ncredentials:\n  directory: {tmp_path}\n"
        "  keys: [{name: discord-token, kind: DiscordToken}]\n"
    )

    code, out, errors = await botpod("check", "--config", file)

    assert (code, errors) == (0, "")
    assert out == f"{file} is fine.\n"
