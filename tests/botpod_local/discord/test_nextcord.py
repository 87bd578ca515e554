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
pytestmark = [
    pytest.mark.filterwarnings("ignore:parameter 'timeout' of type 'float':DeprecationWarning"),
    pytest.mark.leaves_tasks("nextcord's timers of its limits go on after close()"),
]


class Bot(nextcord.Client):
    """Answers messages and one command."""

    def __init__(self) -> None:
        intents = nextcord.Intents.default()
        intents.message_content = True
        super().__init__(intents=intents)
        self.heard: asyncio.Queue[nextcord.Message] = asyncio.Queue()
        self.resumed = asyncio.Event()

    async def on_message(self, message: nextcord.Message) -> None:
        # A thread begins with a message that only points to where it came from.
        if not message.author.bot and message.type in {
            nextcord.MessageType.default,
            nextcord.MessageType.reply,
        }:
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


class Again(nextcord.ui.View):
    """A button, and a menu."""

    @nextcord.ui.button(label="Again", custom_id="again")
    async def again(self, _: nextcord.ui.Button[Again], interaction: nextcord.Interaction[Any]) -> None:
        await interaction.response.send_modal(Why())

    @nextcord.ui.select(custom_id="pick", options=[nextcord.SelectOption(label="One", value="1")])
    async def pick(
        self, menu: nextcord.ui.StringSelect[Again], interaction: nextcord.Interaction[Any]
    ) -> None:
        await interaction.response.edit_message(content=f"picked {menu.values[0]}", view=None)


class Why(nextcord.ui.Modal):
    """A form of one field."""

    def __init__(self) -> None:
        super().__init__("Tell me", custom_id="form")
        self.why = nextcord.ui.TextInput("Why?", custom_id="why")
        self.add_item(self.why)

    async def callback(self, interaction: nextcord.Interaction[Any]) -> None:
        await interaction.response.defer(with_message=True, ephemeral=True)
        await interaction.followup.send(f"because {self.why.value}")


async def test_a_button_opens_a_form_and_a_menu_changes_the_message(discord: DiscordServer, bot: Bot) -> None:
    channel = bot.get_channel(next(c.id for c in discord.world.channels.values() if c.name == "general"))
    assert isinstance(channel, nextcord.TextChannel)
    sent = await channel.send("choose", view=Again())
    begun = discord.interacting.click("general", str(sent.id), "Ada", "again")["id"]
    await discord.record.wait_for(lambda e: e.get("event") == "INTERACTION_MODAL_CREATE", after=0)
    discord.interacting.submit(begun, {"why": "of the moon"})
    await discord.record.wait_for(lambda e: e.get("content") == "because of the moon", after=0)
    discord.interacting.select("general", str(sent.id), "Linus", "pick", ["1"])
    await discord.record.wait_for(lambda e: e.get("content") == "picked 1", after=0)
    assert [m["content"] for m in discord.looking.messages("general", "Linus")] == ["picked 1"]
    assert [m["flags"] & 64 for m in discord.looking.messages("general", "Ada")] == [0, 64]


async def test_a_thread_is_a_place_to_talk(discord: DiscordServer, bot: Bot) -> None:
    discord.people.post("general", "Ada", "a long story")
    message = await heard(bot)
    thread = await message.create_thread(name="The story")
    await thread.send("once upon a time")
    discord.people.post(thread.id, "Linus", "go on")
    answer = await heard(bot)
    assert (answer.content, answer.channel) == ("go on", thread)
    history = [m.content async for m in thread.history(limit=10)]
    assert history[:2] == ["go on", "once upon a time"]
    assert (await thread.edit(archived=True)).archived


async def test_more_than_five_messages_take_their_time_and_all_arrive(
    discord: DiscordServer, bot: Bot
) -> None:
    discord.faults.rate_limit("messages.create", 3, 0.5)
    channel = bot.get_channel(next(c.id for c in discord.world.channels.values() if c.name == "general"))
    assert isinstance(channel, nextcord.TextChannel)
    for number in range(7):
        await channel.send(str(number))
    assert [m["content"] for m in discord.looking.messages("general")] == [str(n) for n in range(7)]
    discord.faults.fail(429, retry_after=0.05)
    await channel.send("after a 429")
    assert discord.looking.messages("general")[-1]["content"] == "after a 429"


async def test_after_op_9_it_begins_a_new_session(discord: DiscordServer, bot: Bot) -> None:
    discord.faults.set({"identify_spacing": 0})
    discord.faults.invalidate(resumable=False)
    await discord.record.wait_for(lambda _: discord.record.counters["identifies"] == 2, after=0)
    discord.people.post("general", "Ada", "still there?")
    assert (await heard(bot)).content == "still there?"
