"""``botpod run`` without a configuration: what people who come from a ``.env`` have, as a process."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import pytest
import yaml
from eventually import eventually
from one_host import KEY, bare_environment, botpod
from postgresql import PASSWORD
from processes import free_port

if TYPE_CHECKING:
    from pathlib import Path

    from one_host import MakeOneHostBot
    from redis_server import RedisServer

    from botpod_local.discord import DiscordServer

pytestmark = pytest.mark.timeout(240)


def answers(discord: DiscordServer, channel: str = "general") -> list[str]:
    me = str(discord.application.bot_user_id)
    return [one["content"] for one in discord.looking.messages(channel) if one["author"]["id"] == me]


@pytest.mark.req("AC-12", "AC-13", "CL-29", "AU-11")
async def test_a_token_and_one_vendors_key_are_a_working_bot(
    discord: DiscordServer, one_host_bot: MakeOneHostBot
) -> None:
    bot = await one_host_bot(COMMAND_PREFIX="?")
    discord.people.post("general", "ada", "?ask echo one host")

    await eventually(lambda: answers(discord) == ["one host"])
    for path in ("/api/health", "/health"):
        status, body = await bot.get(path)
        assert (status, body["status"]) == (200, "healthy")

    async def counted() -> bool:
        status, body = await bot.get("/api/metrics")
        return (status, body["total_requests"], body["total_errors"]) == (200, 1, 0)

    await eventually(counted)
    assert await bot.stop() == 0
    text = "\n".join(bot.raw)
    assert discord.token not in text
    assert KEY not in text


@pytest.mark.req("CP-44", "AC-12", "AU-11")
@pytest.mark.parametrize("name", ["DISCORD_TOKEN", "DISCORD_BOT_TOKEN", "discord_bot_token"])
async def test_the_token_has_two_names_in_any_case(
    name: str, discord: DiscordServer, one_host_bot: MakeOneHostBot
) -> None:
    await one_host_bot(env_file=f"export {name}='{discord.token}' # ours\r\n", DISCORD_TOKEN=None)
    discord.people.post("general", "ada", "!ask echo hi")

    await eventually(lambda: answers(discord) == ["hi"])


@pytest.mark.req("AC-22")
async def test_the_data_directory_is_0750_and_its_files_0640(
    discord: DiscordServer, one_host_bot: MakeOneHostBot, tmp_path: Path
) -> None:
    await one_host_bot()
    discord.people.post("general", "ada", "!ask echo hi")
    await eventually(lambda: answers(discord) == ["hi"])

    folder = tmp_path / "data"
    assert folder.stat().st_mode & 0o777 == 0o750
    files = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    assert files["botpod.db"] == 0o640
    assert set(files.values()) == {0o640}


@pytest.mark.req("CP-41")
async def test_an_edited_file_is_taken_up_without_a_restart(
    discord: DiscordServer, one_host_bot: MakeOneHostBot, tmp_path: Path
) -> None:
    first = "sk-the-first-key-of-the-test"
    bot = await one_host_bot(env_file=f"OPENAI_API_KEY={first}\n", OPENAI_API_KEY=None)
    discord.people.post("general", "ada", "!ask echo one")
    await eventually(lambda: answers(discord) == ["one"])
    await eventually(lambda: _said(bot.lines, "A request is done."))

    (tmp_path / ".env").write_text(f"OPENAI_API_KEY={KEY}\nLOG_LEVEL_DISPATCH=ERROR\nCOMMAND_PREFIX=?\n")
    await eventually(lambda: _said(bot.lines, "The configuration has changed and is in force."))
    await eventually(lambda: _said(bot.lines, "The credential openai-api-key has changed."))
    (needs,) = [line for line in bot.lines if line["message"].startswith("Some of the configuration needs")]
    assert needs["sections"] == ["commandPrefix"]
    discord.people.post("general", "ada", "!ask echo two")
    await eventually(lambda: answers(discord) == ["one", "two"])

    await bot.stop()
    assert [line["message"] for line in bot.lines].count("A model was asked.") == 2
    assert [line["message"] for line in bot.lines].count("A request is done.") == 1
    assert first not in "\n".join(bot.raw)
    assert KEY not in "\n".join(bot.raw)


async def test_a_mistake_in_the_edited_file_changes_nothing(
    discord: DiscordServer, one_host_bot: MakeOneHostBot, tmp_path: Path
) -> None:
    bot = await one_host_bot(env_file=f"OPENAI_API_KEY={KEY}\n", OPENAI_API_KEY=None)
    (tmp_path / ".env").write_text("OPENAI_API_KEY=your-key-here\n")
    await eventually(lambda: [line for line in bot.lines if line["level"] == "ERROR"])
    discord.people.post("general", "ada", "!ask echo still")

    await eventually(lambda: answers(discord) == ["still"])
    (told,) = [line for line in bot.lines if line["level"] == "ERROR"]
    assert "OPENAI_API_KEY is still the example's placeholder" in told["message"]


def _said(lines: list[dict[str, object]], message: str) -> bool:
    return any(line["message"] == message for line in lines)


@pytest.mark.req("AU-03", "AC-17")
async def test_what_heroku_gives_is_taken_as_it_is(
    discord: DiscordServer,
    one_host_bot: MakeOneHostBot,
    postgresql_url: str,
    redis_server: RedisServer,
    tmp_path: Path,
) -> None:
    url = urlsplit(postgresql_url)
    bot = await one_host_bot(
        PRODUCTION_MODE="true",
        DATABASE_URL=f"postgres://{url.username}:{quote(PASSWORD)}@{url.path}?{url.query}",
        REDIS_URL=redis_server.url,
        LOG_LEVEL="INFO",
    )
    discord.people.post("general", "ada", "!ask echo hi")
    await eventually(lambda: answers(discord) == ["hi"])

    status, body = await bot.get("/api/health")
    assert (status, body["status"]) == (200, "healthy")
    assert {"sql", "redis"} <= set(body["services"])
    assert not (tmp_path / "data").exists()
    await bot.stop()
    assert PASSWORD not in "\n".join(bot.raw)


@pytest.mark.req("AC-16", "AC-36", "AU-16")
@pytest.mark.parametrize(("environment", "told"), [("development", True), ("production", False)])
async def test_production_logs_less_and_debug_is_never_logged_unasked(
    environment: str, *, told: bool, discord: DiscordServer, one_host_bot: MakeOneHostBot, tmp_path: Path
) -> None:
    bot = await one_host_bot(ENVIRONMENT=environment, DATA_DIRECTORY=str(tmp_path / "data"))
    discord.people.post("general", "ada", "!ask echo hi")
    await eventually(lambda: answers(discord) == ["hi"])
    await bot.stop()

    levels = {line["level"] for line in bot.lines}
    assert ("INFO" in levels) == told
    assert "DEBUG" not in levels


@pytest.mark.req("AU-13")
async def test_debug_shows_what_is_done_but_no_secret(
    discord: DiscordServer, one_host_bot: MakeOneHostBot
) -> None:
    bot = await one_host_bot(DEBUG="true")
    discord.people.post("general", "ada", "!ask echo hi")
    await eventually(lambda: answers(discord) == ["hi"])
    await bot.stop()

    told = {(line["logger"].partition(".")[0], line["level"]) for line in bot.lines}
    assert ("httpx2", "INFO") in told
    # Libraries would write down tokens, and what people say.
    assert {logger for logger, level in told if level == "DEBUG"} <= {"botpod"}
    assert discord.token not in "\n".join(bot.raw)
    assert KEY not in "\n".join(bot.raw)


@pytest.mark.req("CP-43", "AC-18")
@pytest.mark.parametrize("command", ["run", "check"])
async def test_all_that_is_missing_and_wrong_is_told_at_once(command: str, tmp_path: Path) -> None:
    secret = "kept-to-itself-whatever-happens"
    code, out, errors = await botpod(
        command,
        cwd=tmp_path,
        env={
            "PORT": secret,
            "LOG_LEVEL": "LOUD",
            "PRODUCTION_MODE": "true",
            "ENVIRONMENT": "development",
            "DATABASE_URL": f"mysql://root:{secret}@host/name",
            "AZURE_OPENAI_API_KEY": secret,
        },
    )

    assert code == 1
    assert out == ""
    told = errors.splitlines()
    for variable in (
        *("DISCORD_TOKEN is missing", "PORT can't be used", "LOG_LEVEL can't be used"),
        *("PRODUCTION_MODE is true and ENVIRONMENT is development", "DATABASE_URL is of no known kind"),
        *("AZURE_OPENAI_ENDPOINT is missing", "AZURE_OPENAI_DEPLOYMENT is missing"),
    ):
        assert [line for line in told if line.startswith(variable)], variable
    assert secret not in errors


@pytest.mark.req("AC-18")
async def test_check_looks_at_the_environment_and_makes_nothing(tmp_path: Path) -> None:
    (tmp_path / "mine.env").write_text("DISCORD_TOKEN=abc\nANTHROPIC_API_KEY=def\n")
    (tmp_path / "mine.env").chmod(0o640)

    code, out, errors = await botpod("check", "--env-file", "mine.env", cwd=tmp_path)

    assert (code, out, errors) == (0, "mine.env is fine.\n", "")
    assert not (tmp_path / "data").exists()


@pytest.mark.req("AC-23")
@pytest.mark.parametrize(("mode", "told"), [(0o600, False), (0o640, False), (0o644, True), (0o660, True)])
async def test_a_file_that_others_may_read_is_told(mode: int, *, told: bool, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DISCORD_TOKEN=abc\nANTHROPIC_API_KEY=def\n")
    (tmp_path / ".env").chmod(mode)

    code, _, errors = await botpod("check", cwd=tmp_path)

    assert code == 0
    assert ("run chmod 640 .env" in errors) == told


@pytest.mark.req("CP-13", "CL-29")
async def test_with_a_configuration_no_variable_and_no_env_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "discord-token").write_text("the-token-of-the-file")
    config = tmp_path / "config.yaml"
    keys = [{"name": "discord-token", "kind": "DiscordToken"}]
    config.write_text(
        yaml.safe_dump({"bot": {"name": "hello"}, "credentials": {"directory": str(tmp_path), "keys": keys}})
    )
    (tmp_path / ".env").write_text("DISCORD_TOKEN=your-token-here\nPORT=nonsense\nCOMMAND_PREFIX=?\n")
    program = (
        "import sys\n"
        "from botpod.check import check\n"
        "from botpod.cli import main\n"
        "from botpod.config.load import read\n"
        "from pathlib import Path\n"
        "assert main(['check', '--config', 'config.yaml']) == 0\n"
        "assert check(read(Path('config.yaml'))).command_prefix == '!'\n"
        "import botpod.app\n"
        "print([name for name in sys.modules if 'dotenv' in name or 'settings_' in name\n"
        "       or name.startswith(('pydantic_settings', 'botpod.environment'))])\n"
    )
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program),
        cwd=tmp_path,
        env=bare_environment(DISCORD_BOT_TOKEN="another", PORT="nonsense", LOG_LEVEL="LOUD"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await process.communicate()

    assert (process.returncode, errors.decode()) == (0, "")
    assert out.decode().splitlines() == ["config.yaml is fine.", "[]"]


async def test_two_forms_at_once_are_refused(tmp_path: Path) -> None:
    code, _, errors = await botpod("run", "--config", "a", "--env-file", "b", cwd=tmp_path)

    assert code == 2
    assert "not allowed with" in errors


async def test_a_data_directory_that_cannot_be_had_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")

    code, _, errors = await botpod(
        "run",
        cwd=tmp_path,
        env={
            "DISCORD_TOKEN": "abc",
            "OPENAI_API_KEY": "def",
            "DATA_DIRECTORY": "taken",
            "PORT": str(free_port()),
        },
    )

    assert code == 1
    assert errors.startswith("DATA_DIRECTORY is taken, which can't be used")
