"""A bot through 100 rotations, good and bad: none of the values is in its log, its pages or its metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest
from eventually import eventually

from botpod.logs import QUIET
from botpod_local.models import Vendor

if TYPE_CHECKING:
    from pathlib import Path

    from bot_process import BotProcess, MakeProcess

    from botpod_local.discord import DiscordServer
    from botpod_local.models import ModelsServer

ROTATIONS = 100

pytestmark = pytest.mark.timeout(400)


def swap(directory: Path, **files: str) -> None:
    for name, content in files.items():
        fresh = directory / f".{name}.new"
        fresh.write_text(content)
        fresh.rename(directory / name.replace("_", "-").replace("DELIVERY", ".delivery"))


async def metrics(bot: BotProcess) -> str:
    url = f"http://127.0.0.1:{bot.config['server']['internalPort']}/metrics"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return await answer.text()


async def test_no_rotated_value_is_to_be_read_anywhere(
    discord: DiscordServer, models: ModelsServer, bot_process: MakeProcess, tmp_path: Path
) -> None:
    bot = await bot_process(logging={"level": "DEBUG", "levels": dict.fromkeys(QUIET, "DEBUG")})
    bot.echo = False
    directory = tmp_path / "credentials"
    canaries: list[str] = [discord.token, "sk-this-is-the-key-of-the-test"]
    shown: list[str] = []
    for number in range(ROTATIONS):
        token, key = f"canary-{number:03}-token-b81c4e97", f"canary-{number:03}-key-b81c4e97"
        canaries += [token, key]
        if number % 3 != 1:  # else Discord refuses it
            discord.faults.reset_token(linger=number % 2 == 0)
            discord.application.token = token
        if number % 4 != 1:  # else the model does
            models.control.accept(Vendor.OPENAI, key)
        swap(directory, discord_token=token, openai_api_key=key, DELIVERY=f"{number:016x}")

        async def told(number: int = number) -> bool:
            _, status = await bot.get("/status")
            return bool(status["credentials"]["delivery"] == f"{number:016x}")

        await eventually(told, seconds=30)
        if number % 5 == 0:
            discord.people.post("general", "ada", f"!ask echo number {number}")
        if number % 10 == 9:
            shown += [str(await bot.get(page)) for page in ("/status", "/readyz", "/livez")]
            shown += [str(await bot.get(page, public=True)) for page in ("/health", "/api/metrics")]
            shown.append(await metrics(bot))
    await bot.stop()
    shown.append("\n".join(bot.raw))
    assert "The credential discord-token has changed." in shown[-1]
    # What is looked through is the most that the bot can be made to write.
    assert {(line["logger"].partition(".")[0], line["level"]) for line in bot.lines} >= {
        ("botpod", "INFO"),
        ("nextcord", "INFO"),
        ("httpx2", "INFO"),
    }
    for text in shown:
        assert not [canary for canary in canaries if canary in text]
