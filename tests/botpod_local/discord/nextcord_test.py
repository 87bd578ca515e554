"""A bot made with stock nextcord lives in the stand-in as it would in Discord."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import nextcord
import pytest
import pytest_asyncio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from botpod_local.discord import DiscordServer


# nextcord 3.2 passes aiohttp a time-out in the old form.
pytestmark = pytest.mark.filterwarnings("ignore:parameter 'timeout' of type 'float':DeprecationWarning")


class Bot(nextcord.Client):
    """Answers messages and one command."""

    def __init__(self) -> None:
        intents = nextcord.Intents.default()
        intents.message_content = True
        super().__init__(intents=intents)
        self.heard: asyncio.Queue[nextcord.Message] = asyncio.Queue()
        self.resumed = asyncio.Event()

    async def on_message(self, message: nextcord.Message) -> None:
        if not message.author.bot:
            self.heard.put_nowait(message)

    async def on_resumed(self) -> None:
        self.resumed.set()


@pytest_asyncio.fixture
async def bot(discord: DiscordServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    monkeypatch.setattr(nextcord.http.Route, "BASE", discord.api_url)
    client = Bot()

    @client.slash_command(description="Ask it something")
    async def ask(interaction: nextcord.Interaction[Any], question: str) -> None:
        await interaction.response.defer()
        await interaction.followup.send(f"You asked: {question}")

    @client.slash_command(description="Say it only to me")
    async def whisper(interaction: nextcord.Interaction[Any]) -> None:
        await interaction.response.send_message("psst", ephemeral=True)

    running = asyncio.create_task(client.start(discord.token, reconnect=True))
    await asyncio.wait_for(client.wait_until_ready(), 10)
    # Stock nextcord reopens its HTTP session for a request after close(): let it finish registering.
    await discord.record.wait_for(lambda _: len(discord.looking.commands()) == 2, after=0)
    yield client
    await client.close()
    await running


async def heard(bot: Bot) -> nextcord.Message:
    return await asyncio.wait_for(bot.heard.get(), 10)


async def test_it_hears_a_message_and_replies(discord: DiscordServer, bot: Bot) -> None:
    discord.people.post("general", "Ada", "hello there")
    message = await heard(bot)
    assert (message.content, message.author.display_name) == ("hello there", "Ada")
    assert message.guild is not None
    assert message.guild.name == "Botpod"
    await message.reply("and hello to you")
    last = discord.looking.messages("general")[-1]
    assert last["content"] == "and hello to you"
    assert last["referenced_message"]["content"] == "hello there"
    assert [m["username"] for m in last["mentions"]] == ["ada"]


@pytest.mark.usefixtures("bot")
async def test_it_registers_commands_and_answers_one(discord: DiscordServer) -> None:
    assert {c["name"] for c in discord.looking.commands()} == {"ask", "whisper"}
    mark = discord.record.last
    discord.interacting.command("general", "Ada", "ask", {"question": "why?"})
    answer = await discord.record.wait_for(
        lambda e: e["kind"] == "message" and e.get("content") == "You asked: why?", after=mark
    )
    shown = discord.looking.messages("general")[-1]
    assert shown["id"] == answer["id"]
    assert shown["interaction"]["name"] == "ask"
    assert not shown["flags"] & 128


@pytest.mark.usefixtures("bot")
async def test_an_ephemeral_answer_is_seen_by_its_user_alone(discord: DiscordServer) -> None:
    mark = discord.record.last
    discord.interacting.command("general", "Ada", "whisper")
    await discord.record.wait_for(lambda e: e["kind"] == "message" and e["bot"], after=mark)
    assert [m["content"] for m in discord.looking.messages("general", "Ada")] == ["psst"]
    assert discord.looking.messages("general", "Linus") == []


async def test_it_resumes_after_a_cut_and_misses_nothing(discord: DiscordServer, bot: Bot) -> None:
    assert discord.faults.cut() == 1
    discord.people.post("general", "Linus", "while you were away")
    await asyncio.wait_for(bot.resumed.wait(), 20)
    assert (await heard(bot)).content == "while you were away"
    counters = discord.looking.counters()
    assert (counters["identifies"], counters["resumes"]) == (1, 1)


async def test_a_direct_message_arrives_and_is_answered(discord: DiscordServer, bot: Bot) -> None:
    discord.people.post("@hello", "Grace", "just us two")
    message = await heard(bot)
    assert message.guild is None
    async with message.channel.typing():
        await message.channel.send("just us two", file=nextcord.File(__file__, "it.py"))
    last = discord.looking.messages("@hello", "Grace")[-1]
    assert last["attachments"][0]["filename"] == "it.py"


async def test_it_edits_reacts_and_opens_a_thread(discord: DiscordServer, bot: Bot) -> None:
    discord.people.post("general", "Ada", "a long story")
    message = await heard(bot)
    await message.add_reaction("👍")
    sent = await message.channel.send("thinking")
    await sent.edit(content="thought", embed=nextcord.Embed(title="Idea"))
    await sent.delete()
    assert discord.looking.messages("general")[0]["reactions"][0]["emoji"]["name"] == "👍"
