"""The bot as a process: what is started in a pod, watched, stopped, killed and started again."""

from __future__ import annotations

import asyncio
import re
import signal
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from bot_process import botpod
from eventually import eventually, eventually_is

from botpod.events import Place
from botpod.logs import QUIET
from botpod.skills.protocol import Turn
from botpod.storage.conversations import SqlConversations
from botpod.storage.database import Database
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


@pytest.mark.req("AC-63", "AU-02")
@pytest.mark.partly("CP-36", lacks="sessions that create projects come with projects")
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


CONVERSATIONS = ("botpod.dispatch", "botpod.models", "botpod.replies", "botpod.skills", "httpx2", "openai")
"""The loggers of all that is done for one person alone."""


@pytest.mark.req("CP-22", "AU-25", "CL-50")
async def test_every_line_of_a_conversation_carries_the_id_that_its_person_is_told(
    discord: DiscordServer, models: ModelsServer, bot_process: MakeProcess
) -> None:
    bot = await bot_process(logging={"level": "DEBUG", "levels": dict.fromkeys(QUIET, "DEBUG")})
    bot.echo = False
    # Models are asked more than once, and no answer can be sent: so both are told a number.
    models.control.fail(503, times=2)
    asked = {"general": "ada", "random": "linus"}
    begun = len(bot.lines)
    for channel, user in asked.items():
        (where,) = (number for number, one in discord.world.channels.items() if one.name == channel)
        discord.faults.fail(400, method="POST", path=f"/channels/{where}/messages")
        discord.people.post(channel, user, f"!ask echo for {user}")

    def done() -> list[dict[str, Any]]:
        return [line for line in bot.lines if line["message"] == "A request is done."]

    await eventually(lambda: len(done()) == 2 and all(answers(discord, one) for one in asked), seconds=30)

    told = {}
    for channel, user in asked.items():
        (sentence,) = answers(discord, channel)
        found = re.search("report it with `([0-9a-f]{16})`", sentence)
        assert found
        told[user] = found[1]
    ids = {user.username: str(number) for number, user in discord.world.users.items()}
    assert {str(line["user"]): line["correlation_id"] for line in done()} == {
        ids[user]: correlation for user, correlation in told.items()
    }
    about = [line for line in bot.lines[begun:] if line["logger"].startswith(CONVERSATIONS)]
    assert {line.get("correlation_id") for line in about} == set(told.values())
    assert [line["message"] for line in about].count("A model was asked.") == 4
    for correlation in told.values():
        mine = [line for line in about if line["correlation_id"] == correlation]
        assert {line["logger"].partition(".")[0] for line in mine} == {"botpod", "httpx2"}
        assert [line["message"] for line in mine if line["level"] == "ERROR"] == ["The skill chat failed."]
        assert "A model was asked." in [line["message"] for line in mine]
        assert mine[-1]["message"] == "A request is done."
        assert mine[-1]["seconds"] > 0


@pytest.mark.req("AC-63", "AC-66", "AU-23")
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


@pytest.mark.req("CP-37", "AC-96")
@pytest.mark.partly("AU-34", lacks="nothing is cached in it yet")
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
    await eventually(lambda: _redis_is(first, second, reached=False), seconds=30)
    await _answered(discord, 5)
    redis_server.start()
    await eventually(lambda: _redis_is(first, second, reached=True), seconds=30)
    await _answered(discord, 5)
    assert await spread(first, second)
    stop.set()
    said = await talking

    await eventually_is(lambda: heard(discord), sorted(str(number) for number in range(said)), seconds=60)
    # Who is on one of them a second time has said so by the time that these are answered.
    for number in range(10):
        discord.people.post(f"room-{number}", "grace", "!ask echo the last")
    await eventually(lambda: heard(discord).count("the last") == 10, seconds=30)
    assert len(heard(discord)) == said + 10
    assert discord.record.counters["identifies"] == identifies


async def _redis_is(*bots: BotProcess, reached: bool) -> bool:
    pages = [(await bot.get("/status"))[1] for bot in bots]
    return [page["dependencies"]["redis"]["ok"] for page in pages] == [reached] * len(bots)


async def _answered(discord: DiscordServer, more: int) -> None:
    """Wait for so many answers from now on."""
    before = len(heard(discord))
    await eventually(lambda: len(heard(discord)) >= before + more, seconds=30)


@pytest.mark.req("AC-96", "CP-57")
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
    # Who is on one of them a second time has said so by the time that this is answered.
    discord.people.post("@hello", "ada", "echo the last")
    await eventually(lambda: private()[-1] == "the last", seconds=30)
    assert len(private()) == 3


async def test_a_frozen_process_does_not_come_back_to_what_it_lost(
    discord: DiscordServer, bot_process: MakeProcess, redis_server: RedisServer, tmp_path: Path
) -> None:
    for number in range(10):
        discord.building.add_channel(f"room-{number}")
    first, second = await two(bot_process, discord, redis_server, tmp_path)
    identifies = discord.record.counters["identifies"]

    first.signal(signal.SIGSTOP)
    discord.people.post("room-0", "ada", "!ask echo while one is frozen")
    discord.people.post("@hello", "ada", "echo in private")
    await eventually(lambda: _owns(second, 2), seconds=20)
    await eventually_is(lambda: heard(discord), ["while one is frozen"], seconds=30)
    first.signal(signal.SIGCONT)
    discord.people.post("room-1", "ada", "!ask echo once it is awake")
    await eventually(lambda: spread(first, second), seconds=30)

    for number in range(10):
        discord.people.post(f"room-{number}", "grace", "!ask echo the last")
    await eventually(lambda: heard(discord).count("the last") == 10, seconds=30)
    assert sorted({*heard(discord)}) == ["once it is awake", "the last", "while one is frozen"]
    assert len(heard(discord)) == 12
    me = str(discord.application.bot_user_id)
    private = discord.looking.messages("@hello", "ada")
    assert [one["content"] for one in private if one["author"]["id"] == me] == ["in private"]
    assert discord.record.counters["identifies"] == identifies


async def _owns(bot: BotProcess, count: int) -> bool:
    return len(await shards(bot)) == count


@pytest.mark.req("CL-25")
async def test_what_is_too_old_is_forgotten_in_the_background(
    bot_process: MakeProcess, tmp_path: Path
) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/botpod.db")
    await database.start()
    for event, days in ((1, 91), (2, 1)):
        past = time.time() - days * 86_400
        conversations = SqlConversations(database, bot="default/hello", clock=lambda: past)  # noqa: B023
        await conversations.add(Place(channel_id=5), event, (Turn(role="user", content=f"{days} ago"),))
    await database.close()

    def kept() -> list[str]:
        with closing(sqlite3.connect(tmp_path / "botpod.db")) as connection:
            return [
                content for (content,) in connection.execute("SELECT content FROM turns ORDER BY event_id")
            ]

    assert kept() == ["91 ago", "1 ago"]

    await bot_process()

    await eventually_is(kept, ["1 ago"], seconds=30)


@pytest.mark.req("AC-18", "CP-43")
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


@pytest.mark.req("AC-18")
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
