"""Whole answers: the bot as a process between Discord, vendors and databases, and what people read."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from eventually import eventually, eventually_is
from postgresql import PASSWORD

from botpod.skills.chat import sentences
from botpod_local.models import Ask, Reply, Vendor

if TYPE_CHECKING:
    from pathlib import Path

    from bot_process import BotProcess, MakeProcess
    from postgresql import PostgresqlServer

    from botpod_local.discord import DiscordServer
    from botpod_local.models import ModelsServer

pytestmark = pytest.mark.timeout(240)

CODE = (
    "Here it is:\n\n```python\n"
    + "".join(f"print('line {n} of the code')\n" for n in range(120))
    + "```\nDone."
)


def answers(discord: DiscordServer) -> list[str]:
    me = str(discord.application.bot_user_id)
    return [one["content"] for one in discord.looking.messages("general") if one["author"]["id"] == me]


async def read(discord: DiscordServer, *wanted: str, after: int = 0) -> None:
    """Wait until these are the bot's messages in the channel, ``after`` so many others."""
    await eventually_is(lambda: answers(discord)[after:], list(wanted), seconds=60)


def writes(discord: DiscordServer) -> dict[str, list[dict[str, Any]]]:
    """Return every version of each of the bot's messages, in order."""
    versions: dict[str, list[dict[str, Any]]] = {}
    for entry in discord.record.entries(kind="message"):
        if entry.get("bot") and entry["event"] in {"MESSAGE_CREATE", "MESSAGE_UPDATE"}:
            versions.setdefault(entry["id"], []).append(entry)
    return versions


def anthropic(models: ModelsServer, **more: Any) -> dict[str, Any]:
    return {
        "name": "spare",
        "provider": "Anthropic",
        "model": "claude-haiku-4-5",
        "baseUrl": models.anthropic_url,
        "credential": "anthropic-api-key",
        **more,
    }


async def both_vendors(bot_process: MakeProcess, models: ModelsServer, directory: Path) -> BotProcess:
    (directory / "credentials" / "anthropic-api-key").write_text("sk-ant-the-key-of-the-test")
    bot = await bot_process(wait=False)
    await bot.kill()
    bot.config["credentials"]["keys"].append({"name": "anthropic-api-key", "kind": "Anthropic"})
    bot.config["models"].append(anthropic(models))
    await bot.start()
    return bot


async def metrics(bot: BotProcess) -> str:
    url = f"http://127.0.0.1:{bot.config['server']['internalPort']}/metrics"
    async with aiohttp.ClientSession() as session, session.get(url) as page:
        return await page.text()


async def test_a_long_answer_grows_by_edits_over_messages_with_whole_code_blocks(
    discord: DiscordServer, models: ModelsServer, bot_process: MakeProcess
) -> None:
    await bot_process()
    models.control.on("code", Reply(text=CODE, words=3))
    models.control.slow(between_tokens=0.02)
    discord.people.post("general", "ada", "!ask code")
    await eventually(lambda: answers(discord) and answers(discord)[-1].endswith("Done."), seconds=60)

    shown = answers(discord)
    assert len(shown) == 2
    assert all(message.count("```") == 2 for message in shown)
    assert shown[1].startswith("```python\nprint('line ")
    lines = [line for message in shown for line in message.splitlines() if line.startswith("print")]
    assert lines == CODE.splitlines()[3:-2]
    assert sum(len(versions) for versions in writes(discord).values()) > 4
    for versions in writes(discord).values():
        # Not the moment we sent it, but the moment it arrived: one may be late and the next on time.
        assert all(after["at"] - before["at"] > 0.7 for before, after in pairwise(versions))


@pytest.mark.req("CP-12")
async def test_a_vendor_lost_in_the_middle_is_not_noticed_by_the_reader(
    discord: DiscordServer, models: ModelsServer, bot_process: MakeProcess, tmp_path: Path
) -> None:
    bot = await both_vendors(bot_process, models, tmp_path)
    words = [f"word{number}" for number in range(40)]

    def go_on(ask: Ask) -> Reply:
        return Reply(text=" ".join(words[len(ask.turns[-2].text.split()) :]))

    models.control.on("count", Reply(text=" ".join(words)), vendor=Vendor.OPENAI)
    models.control.on("cut off", go_on, vendor=Vendor.ANTHROPIC)
    models.control.cut(after=10, vendor=Vendor.OPENAI)
    discord.people.post("general", "ada", "!ask count")

    await read(discord, " ".join(words))
    page = await metrics(bot)
    assert 'botpod_model_requests_total{model="main",outcome="brokeOff"} 1.0' in page
    assert 'botpod_model_requests_total{model="spare",outcome="answered"} 1.0' in page
    assert (await bot.get("/health", public=True))[1]["status"] == "degraded"


@pytest.mark.req("CP-12", "AC-44", "AC-45")
async def test_when_no_model_answers_it_says_so_and_counts_it(
    discord: DiscordServer, models: ModelsServer, bot_process: MakeProcess
) -> None:
    bot = await bot_process()
    models.control.fail(503, times=None)
    discord.people.post("general", "ada", "!ask anything")
    await read(discord, sentences.NO_MODEL_ANSWERS)

    async def counted() -> bool:
        _, summary = await bot.get("/api/metrics")
        return bool(summary["total_requests"])

    await eventually(counted, seconds=30)
    _, summary = await bot.get("/api/metrics")
    assert (summary["total_requests"], summary["error_rate"]) == (1, 1.0)
    (error,) = summary["recent_errors"]
    assert error["error"] == "NoModelAnswers"
    (done,) = [line for line in bot.lines if line["message"] == "A request is done."]
    assert error["correlation_id"] == done["correlation_id"]

    models.control.heal()
    models.control.on("again", "Here I am.")
    discord.people.post("general", "ada", "!ask again")
    await read(discord, "Here I am.", after=1)


async def test_without_a_model_it_says_whom_to_tell(discord: DiscordServer, bot_process: MakeProcess) -> None:
    await bot_process(models=[])
    discord.people.post("general", "ada", f"<@{discord.application.bot_user_id}> hi")
    await read(discord, sentences.NO_MODEL_CONFIGURED)


@pytest.mark.partly("CP-14", lacks="of the three credentials this is one vendor's key")
@pytest.mark.partly("CL-31", lacks="nothing says that a key is old")
async def test_a_refused_key_is_shown_and_a_swapped_file_works_at_once(
    discord: DiscordServer, models: ModelsServer, bot_process: MakeProcess, tmp_path: Path
) -> None:
    models.control.accept(Vendor.OPENAI, "sk-the-new-key-of-the-test")
    models.control.on("hello", "Hello.")
    bot = await bot_process()
    discord.people.post("general", "ada", "!ask hello")
    await read(discord, sentences.NO_MODEL_ANSWERS)
    _, before = await bot.get("/status")
    assert before["models"]["main"]["credentialRefused"] is True
    assert before["models"]["main"]["problem"] == 'It refuses the credential "openai-api-key" (401).'

    (tmp_path / "credentials" / "openai-api-key").write_text("sk-the-new-key-of-the-test")
    discord.people.post("general", "ada", "!ask hello again")

    await read(discord, "Hello.", after=1)
    _, after = await bot.get("/status")
    assert after["models"]["main"]["credentialRefused"] is False

    async def told() -> bool:
        digests = [
            status["credentials"]["keys"]["openai-api-key"]["digest"]
            for status in (before, (await bot.get("/status"))[1])
        ]
        return digests[0] != digests[1]

    await eventually(told, seconds=30)
    assert "sk-the-" not in "\n".join(bot.raw) + str(before) + str(after)


@pytest.mark.req("CL-04", "CP-57")
@pytest.mark.partly("CP-36", lacks="sessions that create projects come with projects")
@pytest.mark.partly("AC-07", lacks="context is routed nowhere yet")
async def test_postgresql_remembers_and_without_it_the_bot_goes_on(  # noqa: PLR0917 - fixtures
    discord: DiscordServer,
    models: ModelsServer,
    bot_process: MakeProcess,
    postgresql_server: PostgresqlServer,
    postgresql_url: str,
    tmp_path: Path,
) -> None:
    heard: list[list[str]] = []

    def listen(ask: Ask) -> Reply:
        heard.append([turn.text for turn in ask.turns if turn.role != "system"])
        return Reply(text=f"answer {len(heard)}")

    models.control.on("question", listen)
    bot = await bot_process(wait=False)
    await bot.kill()
    (tmp_path / "credentials" / "postgresql-password").write_text(PASSWORD)
    bot.config["credentials"]["keys"].append({"name": "postgresql-password", "kind": "PostgreSQL"})
    bot.config["state"] = {"sql": {"url": postgresql_url, "credential": "postgresql-password"}}
    await bot.start()

    discord.people.post("general", "ada", "!ask question 1")
    await read(discord, "answer 1")
    # An answer can be read a moment before it is remembered.
    await eventually(lambda: any(line["message"] == "A request is done." for line in bot.lines), seconds=30)
    discord.people.post("general", "linus", "!ask question 2")
    await read(discord, "answer 2", after=1)
    assert heard[1] == ["[Ada] question 1", "answer 1", "[Linus] question 2"]
    await eventually(
        lambda: sum(line["message"] == "A request is done." for line in bot.lines) == 2, seconds=30
    )

    postgresql_server.stop()
    try:
        discord.people.post("general", "ada", "!ask question 3")
        await read(discord, "answer 3", after=2)
        assert heard[2] == ["[Ada] question 3"]
        _, health = await bot.get("/health", public=True)
        assert health["services"]["sql"]["status"] == "unhealthy"
        assert (await bot.get("/readyz"))[0] == 200
    finally:
        postgresql_server.start()

    async def well() -> bool:
        _, health = await bot.get("/health", public=True)
        return bool(health["services"]["sql"]["status"] == "healthy")

    await eventually(well, seconds=60)
    discord.people.post("general", "ada", "!ask question 4")
    await read(discord, "answer 4", after=3)
    assert heard[3][:3] == ["[Ada] question 1", "answer 1", "[Linus] question 2"]
    assert PASSWORD not in "\n".join(bot.raw)


@pytest.mark.req("CL-03", "CL-07", "CL-56")
async def test_claude_answers_and_where_it_fails_that_is_said(
    discord: DiscordServer, models: ModelsServer, bot_process: MakeProcess, tmp_path: Path
) -> None:
    (tmp_path / "credentials" / "anthropic-api-key").write_text("sk-ant-the-key-of-the-test")
    bot = await bot_process(wait=False)
    await bot.kill()
    bot.config["credentials"]["keys"].append({"name": "anthropic-api-key", "kind": "Anthropic"})
    bot.config["models"] = [anthropic(models)]
    await bot.start()
    models.control.on("hello", "Hello.", vendor=Vendor.ANTHROPIC)
    discord.people.post("general", "ada", "!ask hello")
    await read(discord, "Hello.")

    models.control.fail(529, times=None, vendor=Vendor.ANTHROPIC)
    discord.people.post("general", "ada", "!ask hello again")
    await read(discord, sentences.NO_MODEL_ANSWERS, after=1)
    models.control.heal()
    discord.people.post("general", "ada", "!ask hello once more")
    await read(discord, "Hello.", after=2)

    # An answer can be read a moment before it is counted.
    counted = 'botpod_request_duration_seconds_count{skill="chat"} 3.0'
    await eventually(lambda: _shows(bot, counted), seconds=30)
    assert {exchange.vendor for exchange in models.control.requests} == {Vendor.ANTHROPIC}
    page = await metrics(bot)
    assert 'botpod_model_requests_total{model="spare",outcome="answered"} 2.0' in page
    # How long it took is told at both ports.
    _, summary = await bot.get("/api/metrics")
    assert 0 < summary["response_time_seconds"]["p50"] <= summary["response_time_seconds"]["p95"]


async def _shows(bot: BotProcess, text: str) -> bool:
    return text in await metrics(bot)
