"""What somebody deletes or edits on Discord, the bot doesn't remember either."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from eventually import eventually, eventually_is

from botpod_local.models import Reply

if TYPE_CHECKING:
    from pathlib import Path

    from bot_process import BotProcess, MakeProcess

    from botpod_local.discord import DiscordServer
    from botpod_local.models import ModelsServer

pytestmark = pytest.mark.timeout(240)


class Story:
    """People ask in one channel and change their minds; ``kept`` is what the bot's database holds."""

    def __init__(self, discord: DiscordServer, database: Path) -> None:
        self._discord = discord
        self._database = database

    def kept(self) -> list[str]:
        with closing(sqlite3.connect(self._database)) as connection:
            rows = connection.execute("SELECT content FROM turns ORDER BY event_id, position")
            return [content for (content,) in rows]

    async def keeps(self, *wanted: str) -> None:
        await eventually_is(self.kept, list(wanted), seconds=60)

    def post(self, text: str) -> dict[str, Any]:
        return self._discord.people.post("general", "ada", f"!ask {text}")

    async def asks(self, text: str) -> dict[str, Any]:
        """Ask, and wait until the answer is remembered too."""
        before = len(self.kept())
        posted = self.post(text)
        await eventually(lambda: len(self.kept()) == before + 2, seconds=60)
        return posted

    def answers(self) -> list[dict[str, Any]]:
        me = str(self._discord.application.bot_user_id)
        return [one for one in self._discord.looking.messages("general") if one["author"]["id"] == me]


@pytest.fixture
async def bot(models: ModelsServer, bot_process: MakeProcess) -> BotProcess:
    models.control.on("one", "first answer")
    models.control.on("two", "second answer")
    return await bot_process()


@pytest.fixture
def story(discord: DiscordServer, bot: BotProcess, tmp_path: Path) -> Story:
    assert bot.process is not None
    return Story(discord, tmp_path / "botpod.db")


@pytest.mark.attack("deleted_is_remembered")
async def test_a_deleted_message_is_forgotten_at_once_and_what_answers_it_with_its_own(
    discord: DiscordServer, story: Story
) -> None:
    one = await story.asks("one, and my password is hunter2")
    await story.asks("two")
    discord.people.delete("general", one["id"], "ada")
    await story.keeps("first answer", "two", "second answer")

    # The server's owner may delete the bot's messages.
    discord.people.delete("general", story.answers()[0]["id"], "ada")
    await story.keeps("two", "second answer")


async def test_what_is_deleted_while_the_bot_is_restarted_is_forgotten_once_it_is_back(
    discord: DiscordServer, story: Story, bot: BotProcess
) -> None:
    one = await story.asks("one, and my password is hunter2")
    await bot.stop()
    discord.people.delete("general", one["id"], "ada")
    await bot.start()
    await story.keeps("first answer")


async def test_an_edited_message_is_remembered_as_it_is_now(discord: DiscordServer, story: Story) -> None:
    one = await story.asks("one, and my password is hunter2")
    discord.people.edit("general", one["id"], "ada", "!ask one, and no\u200bthing else")
    await story.keeps("one, and nothing else", "first answer")

    discord.people.edit("general", one["id"], "ada", "for somebody else")
    await story.keeps("first answer")


@pytest.mark.attack("deleted_is_remembered")
async def test_what_is_deleted_before_it_is_answered_is_never_kept(
    discord: DiscordServer, models: ModelsServer, story: Story
) -> None:
    models.control.on("slow", Reply(text="word " * 40, between_tokens=0.05))
    slow = story.post("slow, and my password is hunter2")
    await eventually(lambda: bool(story.answers()), seconds=60)
    discord.people.delete("general", slow["id"], "ada")

    await eventually(lambda: bool(story.kept()), seconds=60)
    assert not any("hunter2" in one for one in story.kept())


async def test_a_channel_that_is_no_more_is_forgotten(discord: DiscordServer, story: Story) -> None:
    await story.asks("one")
    general = next(one for one in discord.world.channels.values() if one.name == "general")
    discord.world.tell(general, "CHANNEL_DELETE", {"id": str(general.id), "type": 0})
    await story.keeps()
