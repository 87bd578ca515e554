"""With a token of one's own the bot is in Discord: here a Discord that the tryout hasn't started."""

from __future__ import annotations

import signal
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from eventually import eventually
from tryouts import IN_DISCORD, of

from botpod_local.discord import DiscordServer
from botpod_local.models import ModelsServer
from botpod_local.models.conversation import Vendor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from discord_standin import DiscordChecker
    from tryouts import TryProcess

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(240)]

KEY = "sk-ant-a-key-that-is-worth-something"


@pytest_asyncio.fixture(loop_scope="session")
async def discord(discord_checker: DiscordChecker) -> AsyncIterator[DiscordServer]:
    """The fixture of the same name, on the loop of the tryouts."""
    async with DiscordServer(observer=discord_checker) as server:
        yield server
    discord_checker.fail()


@pytest_asyncio.fixture(loop_scope="session")
async def models() -> AsyncIterator[ModelsServer]:
    """Models that take one key of each vendor."""
    async with ModelsServer() as server:
        server.control.accept(Vendor.ANTHROPIC, KEY)
        server.control.accept(Vendor.OPENAI, KEY)
        yield server


def said(discord: DiscordServer) -> list[str]:
    me = str(discord.application.bot_user_id)
    return [one["content"] for one in discord.looking.messages("general") if one["author"]["id"] == me]


def holding(secret: str, folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file() and secret.encode() in file.read_bytes()]


async def test_a_token_and_a_vendors_key_make_a_real_bot_and_are_seen_nowhere(
    tryout: Callable[..., TryProcess], discord: DiscordServer, models: ModelsServer
) -> None:
    real = tryout(
        environ={
            "DISCORD_BOT_TOKEN": discord.token,
            "BOTPOD_DISCORD_API": discord.api_url,
            "ANTHROPIC_API_KEY": KEY,
            "ANTHROPIC_MODEL": "claude-of-the-test",
            "ANTHROPIC_BASE_URL": models.anthropic_url,
        }
    )
    await real.start(ready=IN_DISCORD)
    discord.people.post("general", "ada", f"<@{discord.application.bot_user_id}> who are you?")
    await eventually(lambda: any("claude-of-the-test" in one for one in said(discord)), seconds=30)

    assert set(real.children()) == {"bot"}
    assert f"client_id={discord.application.id}&" in real.said
    home = f"discord-{discord.application.id}"
    credentials = real.folder / home / "credentials"
    for secret in (discord.token, KEY):
        # Shown to nobody: neither by `ps`, nor in what it prints, nor in a file that others may read.
        for pid in set(of(real.home)) - {real.process.pid}:
            process = Path("/proc") / str(pid)
            assert secret.encode() not in (process / "cmdline").read_bytes()
            assert secret.encode() not in (process / "environ").read_bytes()
        assert secret not in real.said
        (file,) = holding(secret, real.home)
        assert file.parent == credentials
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(credentials.stat().st_mode) == 0o700

    assert await real.end(signal.SIGTERM) == 0
    for secret in (discord.token, KEY):
        assert holding(secret, real.home) == []


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({"DISCORD_TOKEN": "not-the-token"}, "DISCORD_TOKEN: the token is refused by Discord "),
        ({"OPENAI_API_KEY": "sk-not-the-key"}, "OPENAI_API_KEY: the key is refused by OpenAI "),
        (
            {"DISCORD_TOKEN": "unasked", "BOTPOD_DISCORD_API": "http://127.0.0.1:9/api/v10"},
            "DISCORD_TOKEN: the token couldn't be tried at Discord ",
        ),
    ],
)
async def test_a_credential_that_is_refused_is_told_in_a_sentence_before_anything_starts(
    tryout: Callable[..., TryProcess],
    discord: DiscordServer,
    models: ModelsServer,
    environ: dict[str, str],
    sentence: str,
) -> None:
    there = {"BOTPOD_DISCORD_API": discord.api_url, "OPENAI_BASE_URL": models.openai_url}
    refused = tryout(environ={**there, **environ})
    await refused.start(ready=None)

    assert await refused.ended() == 1
    assert refused.said.startswith(f"botpod-local: {sentence}")
    assert len(refused.said.splitlines()) == 1
    for value in ("not-the-token", "sk-not-the-key"):
        assert value not in refused.said
    assert of(refused.home) == {}


async def test_what_people_copy_along_with_a_token_is_left_out(
    tryout: Callable[..., TryProcess], discord: DiscordServer
) -> None:
    copied = tryout(
        environ={"DISCORD_TOKEN": f'"Bot {discord.token}"\n', "BOTPOD_DISCORD_API": discord.api_url}
    )
    await copied.start(ready=IN_DISCORD)

    assert set(copied.children()) == {"bot", "models"}
    assert "The model is a stand-in and says so" in copied.said
    assert await copied.end() == 0
