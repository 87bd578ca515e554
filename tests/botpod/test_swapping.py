"""A running bot takes up edited files: the process stays, what people see changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml
from eventually import eventually, eventually_is

from botpod_local.models import Ask, Reply

if TYPE_CHECKING:
    from pathlib import Path

    from bot_process import BotProcess, MakeProcess

    from botpod_local.discord import DiscordServer
    from botpod_local.models import ModelsServer

pytestmark = pytest.mark.timeout(240)


def answers(discord: DiscordServer) -> list[str]:
    me = str(discord.application.bot_user_id)
    return [one["content"] for one in discord.looking.messages("general") if one["author"]["id"] == me]


def loggers(bot: BotProcess, *, after: int = 0) -> set[str]:
    return {line["logger"] for line in bot.lines[after:]}


async def edit(bot: BotProcess, **changes: Any) -> None:
    """Edit the file and wait until the bot says that it is in force."""
    _, before = await bot.get("/status")
    bot.config.update(changes)
    # Whole at once, as the kubelet does it: half a file is a change, too.
    fresh = bot.file.with_suffix(".new")
    fresh.write_text(yaml.safe_dump(bot.config))
    fresh.rename(bot.file)

    async def taken() -> bool:
        return bool((await bot.get("/status"))[1]["configuration"] != before["configuration"])

    await eventually(taken, seconds=30)


@pytest.mark.req("CP-41")
async def test_a_prompt_limits_and_log_levels_are_swapped_while_it_runs(
    discord: DiscordServer, models: ModelsServer, bot_process: MakeProcess
) -> None:
    heard: list[str] = []

    def listen(ask: Ask) -> Reply:
        heard.append(ask.system)
        return Reply(text=f"answer {len(heard)}")

    models.control.on("how are you", listen)
    bot = await bot_process(instructions="Be brief.")
    discord.people.post("general", "ada", "!ask how are you")
    await eventually_is(lambda: answers(discord), ["answer 1"], seconds=60)
    await eventually(lambda: "botpod.dispatch.dispatcher" in loggers(bot))

    logged = len(bot.lines)
    await edit(bot, instructions="Be kind.", logging={"levels": {"botpod.dispatch.dispatcher": "WARNING"}})
    discord.people.post("general", "ada", "!ask how are you")
    await eventually_is(lambda: answers(discord), ["answer 1", "answer 2"], seconds=60)
    assert ["Be brief." in heard[0], "Be kind." in heard[1]] == [True, True]
    await edit(bot, limits={"messagesPerUser": 1, "windowSeconds": 600})
    discord.people.post("general", "grace", "!ask how are you")
    discord.people.post("general", "grace", "!ask how are you")
    await eventually(lambda: len(answers(discord)) == 4, seconds=60)
    assert sorted(text.startswith("answer ") for text in answers(discord)[2:]) == [False, True]
    assert "botpod.dispatch.dispatcher" not in loggers(bot, after=logged)

    await edit(bot, logging={"level": "INFO"})
    discord.people.post("general", "alan", "!ask how are you")
    await eventually(lambda: "botpod.dispatch.dispatcher" in loggers(bot, after=logged), seconds=60)
    assert discord.record.counters["identifies"] == 1


@pytest.mark.req("CP-40", "CP-41")
async def test_flags_switch_features_off_and_on_again(
    discord: DiscordServer, models: ModelsServer, bot_process: MakeProcess
) -> None:
    told: list[int] = []

    def listen(ask: Ask) -> Reply:
        told.append(sum(turn.role == "user" for turn in ask.turns))
        return Reply(text=" ".join(f"word{number}" for number in range(60)))

    models.control.on("tell", listen)
    models.control.slow(between_tokens=0.05)
    bot = await bot_process()

    async def edits() -> int:
        """Ask and return how often the answer was edited."""
        before = len(discord.record.entries(kind="message"))
        done = len([line for line in bot.lines if line["message"] == "A request is done."])
        discord.people.post("general", "ada", "!ask tell")
        await eventually(
            lambda: len([line for line in bot.lines if line["message"] == "A request is done."]) > done,
            seconds=60,
        )
        entries = discord.record.entries(kind="message")[before:]
        return sum(entry["event"] == "MESSAGE_UPDATE" for entry in entries)

    assert await edits() > 0
    await edit(bot, flags={"memory": False, "streaming": False, "typing": False})
    assert await edits() == 0
    await edit(bot, flags={})
    assert await edits() > 0
    # The one in the middle was neither told of the first nor remembered for the third.
    assert told == [1, 1, 2]


async def test_a_mistake_leaves_everything_as_it_was(
    discord: DiscordServer, models: ModelsServer, bot_process: MakeProcess
) -> None:
    models.control.on("hi", "Hello.")
    bot = await bot_process()
    _, before = await bot.get("/status")
    await edit(bot, skills=[{"name": "chat", "settings": {"historyMessages": -1}}])
    _, after = await bot.get("/status")

    assert after["configuration"]["revision"] == before["configuration"]["revision"]
    (problem,) = after["configuration"]["problems"]
    assert problem == "skills[0].settings.historyMessages is -1; it must be at least 0."
    discord.people.post("general", "ada", "!ask hi")
    await eventually_is(lambda: answers(discord), ["Hello."], seconds=60)


async def test_new_credentials_are_in_use_once_their_delivery_is_told(
    discord: DiscordServer, bot_process: MakeProcess, tmp_path: Path
) -> None:
    bot = await bot_process()
    token = discord.faults.reset_token(linger=True)["token"]
    (tmp_path / "credentials" / "discord-token").write_text(token)
    (tmp_path / "credentials" / ".delivery").write_text("0123456789abcdef")

    async def told() -> bool:
        return bool((await bot.get("/status"))[1]["credentials"]["delivery"] == "0123456789abcdef")

    await eventually(told, seconds=30)
    refused = discord.record.counters.get("status 401", 0)
    discord.people.post("general", "ada", "!ask echo still here")
    await eventually(lambda: answers(discord), seconds=60)
    assert discord.record.counters.get("status 401", 0) == refused
    assert discord.record.counters["identifies"] == 1
