"""Interactions: begun as a person, answered as a bot, within their deadlines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from botpod_local.discord.control.finding import ControlError

if TYPE_CHECKING:
    from collections.abc import Callable

    from discord_client import Answer, Gateway, Rest
    from discord_standin import DiscordChecker, ShiftedClock

    from botpod_local.discord import DiscordServer

type Connect = Callable[..., Gateway]

COMMAND = {
    "name": "ask",
    "description": "Ask",
    "options": [
        {"type": 3, "name": "question", "description": "What", "required": True, "max_length": 20},
        {"type": 4, "name": "times", "description": "How often", "min_value": 1, "max_value": 3},
        {"type": 10, "name": "heat", "description": "How hot"},
        {"type": 5, "name": "loud", "description": "Loud?"},
        {"type": 6, "name": "who", "description": "Whom"},
        {"type": 3, "name": "tone", "description": "How", "choices": [{"name": "Kind", "value": "k"}]},
    ],
}
NESTED = {
    "name": "set",
    "description": "Set",
    "options": [
        {
            "type": 2,
            "name": "model",
            "description": "Model",
            "options": [
                {
                    "type": 1,
                    "name": "use",
                    "description": "Use",
                    "options": [{"type": 3, "name": "name", "description": "Name"}],
                }
            ],
        }
    ],
}
BUTTON = [{"type": 1, "components": [{"type": 2, "style": 1, "label": "Again", "custom_id": "again"}]}]


class Bot:
    """Answers by hand."""

    def __init__(self, discord: DiscordServer, rest: Rest) -> None:
        self.discord, self.rest = discord, rest
        self.app = discord.application.id

    def token(self, interaction: str) -> str:
        return self.discord.world.interactions[int(interaction)].token

    async def answer(self, interaction: str, kind: int, data: Any = None) -> Answer:
        body = {"type": kind} | ({} if data is None else {"data": data})
        return await self.rest(
            "POST", f"/interactions/{interaction}/{self.token(interaction)}/callback", body
        )

    async def hook(self, method: str, interaction: str, path: str = "", body: Any = None) -> Answer:
        return await self.rest(method, f"/webhooks/{self.app}/{self.token(interaction)}{path}", body)


@pytest_asyncio.fixture
async def bot(discord: DiscordServer, rest: Rest) -> Bot:
    await rest("PUT", f"/applications/{discord.application.id}/commands", [COMMAND, NESTED])
    return Bot(discord, rest)


def ask(discord: DiscordServer, **options: Any) -> str:
    begun: str = discord.interacting.command("general", "Ada", "ask", {"question": "why", **options})["id"]
    return begun


def code(answer: Answer) -> tuple[int, int]:
    return answer.status, answer.body["code"]


async def test_a_command_arrives_with_its_options(discord: DiscordServer, bot: Bot, gateway: Connect) -> None:
    linus = str(next(u.id for u in discord.world.users.values() if u.username == "linus"))
    async with gateway() as g:
        await g.begin(discord.token, intents=0)
        begun = ask(discord, times="2", heat=1.5, loud=True, who=linus, tone="Kind")
        heard = await g.until("INTERACTION_CREATE")
    assert (heard["id"], heard["type"], heard["context"]) == (begun, 2, 0)
    assert heard["application_id"] == str(bot.app)
    assert heard["member"]["user"]["username"] == "ada"
    assert {o["name"]: o["value"] for o in heard["data"]["options"]} == {
        "question": "why",
        "times": 2,
        "heat": 1.5,
        "loud": True,
        "who": linus,
        "tone": "k",
    }
    assert heard["data"]["resolved"]["users"][linus]["username"] == "linus"
    assert heard["data"]["resolved"]["members"][linus]["roles"] == []


@pytest.mark.usefixtures("bot")
async def test_a_subcommand_is_nested(discord: DiscordServer, gateway: Connect) -> None:
    async with gateway() as g:
        await g.begin(discord.token, intents=0)
        discord.interacting.command("@hello", "Ada", "set model use", {"name": "mini"})
        heard = await g.until("INTERACTION_CREATE")
    assert (heard["user"]["username"], heard["context"]) == ("ada", 1)
    (group,) = heard["data"]["options"]
    (sub,) = group["options"]
    assert (group["name"], sub["name"], sub["options"][0]["value"]) == ("model", "use", "mini")


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("nope", {}, "/ask, /set"),
        ("ask", {}, "'question' is required"),
        ("ask", {"question": "x" * 21}, "at most 20"),
        ("ask", {"question": "x", "times": 4}, "at most 3"),
        ("ask", {"question": "x", "times": "two"}, "a whole number"),
        ("ask", {"question": "x", "loud": "perhaps"}, "true or false"),
        ("ask", {"question": "x", "tone": "rude"}, "one of Kind"),
        ("ask", {"question": "x", "who": "1"}, "Nothing has the id"),
        ("ask", {"question": "x", "colour": 1}, "no option 'colour'"),
        ("set", {}, "needs one of its subcommands: model"),
        ("set model drop", {}, "no subcommand 'drop'"),
    ],
)
async def test_what_discords_own_client_would_not_send(
    discord: DiscordServer, name: str, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(ControlError, match=said):
        discord.interacting.command("general", "Ada", name, options)


async def test_an_answer_twice(discord: DiscordServer, bot: Bot) -> None:
    begun = ask(discord)
    assert (await bot.answer(begun, 4, {"content": "because"})).status == 204
    assert code(await bot.answer(begun, 4, {"content": "because"})) == (400, 40060)
    assert [m["content"] for m in discord.looking.messages("general")] == ["because"]


async def test_an_answer_after_three_seconds(
    discord: DiscordServer, bot: Bot, discord_clock: ShiftedClock
) -> None:
    discord_clock.stop()
    begun = ask(discord)
    discord_clock.advance(3.0)
    assert (await bot.answer(begun, 5)).status == 204
    late = ask(discord)
    discord_clock.advance(3.01)
    assert code(await bot.answer(late, 5)) == (404, 10062)


async def test_follow_ups_for_fifteen_minutes(
    discord: DiscordServer, bot: Bot, discord_clock: ShiftedClock
) -> None:
    begun = ask(discord)
    assert code(await bot.hook("POST", begun, body={"content": "too early"})) == (404, 10015)
    await bot.answer(begun, 5)
    discord_clock.advance(14 * 60)
    assert (await bot.hook("PATCH", begun, "/messages/@original", {"content": "at last"})).status == 200
    discord_clock.advance(2 * 60)
    assert code(await bot.hook("POST", begun, body={"content": "too late"})) == (401, 50027)


async def test_a_deferred_answer_is_shown_as_thinking_and_then_filled(
    discord: DiscordServer, bot: Bot, gateway: Connect
) -> None:
    async with gateway() as g:
        await g.begin(discord.token)
        begun = ask(discord)
        await bot.answer(begun, 5)
        thinking = await g.until("MESSAGE_CREATE")
        assert (thinking["content"], thinking["flags"] & 128) == ("", 128)
        first = await bot.hook("POST", begun, body={"content": "found"})
        assert first.body["id"] == thinking["id"]
        filled = await g.until("MESSAGE_UPDATE")
        assert (filled["content"], filled["flags"] & 128, filled["edited_timestamp"]) == ("found", 0, None)
        second = await bot.hook("POST", begun, body={"content": "and more"})
        assert second.body["id"] != thinking["id"]
        assert second.body["referenced_message"]["id"] == thinking["id"]


async def test_ephemeral_answers_are_for_one_person(
    discord: DiscordServer, bot: Bot, gateway: Connect, discord_checker: DiscordChecker
) -> None:
    async with gateway() as g:
        await g.begin(discord.token)
        begun = ask(discord)
        await bot.answer(begun, 5, {"flags": 64})
        await bot.hook("PATCH", begun, "/messages/@original", {"content": "only you"})
        read = await bot.hook("GET", begun, "/messages/@original")
        assert (read.body["content"], read.body["flags"] & 64) == ("only you", 64)
        channel = read.body["channel_id"]
        assert (await bot.rest("GET", f"/channels/{channel}/messages")).body == []
        with discord_checker.forgiving():
            gone = await bot.rest("GET", f"/channels/{channel}/messages/{read.body['id']}")
        assert code(gone) == (404, 10008)
        discord.people.post("general", "Linus", "what everybody hears")
        assert (await g.until("MESSAGE_CREATE"))["content"] == "what everybody hears"
    assert discord.looking.messages("general", "Ada")[0]["content"] == "only you"
    assert len(discord.looking.messages("general", "Linus")) == 1


async def test_a_button_changes_its_message(discord: DiscordServer, bot: Bot, gateway: Connect) -> None:
    begun = ask(discord)
    await bot.answer(begun, 4, {"content": "once", "components": BUTTON})
    message = discord.looking.messages("general")[-1]
    async with gateway() as g:
        await g.begin(discord.token)
        pressed = discord.interacting.click("general", message["id"], "Linus", "again")["id"]
        heard = await g.until("INTERACTION_CREATE")
        assert heard["data"] == {"component_type": 2, "custom_id": "again", "id": 2}
        assert heard["message"]["content"] == "once"
        await bot.answer(pressed, 7, {"content": "twice", "components": []})
    assert discord.looking.messages("general")[-1]["content"] == "twice"
    with pytest.raises(ControlError, match="no component 'again'"):
        discord.interacting.click("general", message["id"], "Linus", "again")


async def test_a_modal_is_asked_for_filled_in_and_sent(
    discord: DiscordServer, bot: Bot, gateway: Connect
) -> None:
    begun = ask(discord)
    field = {"type": 4, "custom_id": "why", "style": 1, "label": "Why?", "min_length": 2}
    rows = [{"type": 1, "components": [field]}]
    await bot.answer(begun, 9, {"custom_id": "form", "title": "Tell me", "components": rows})
    async with gateway() as g:
        await g.begin(discord.token)
        with pytest.raises(ControlError, match="'why' is required"):
            discord.interacting.submit(begun, {})
        sent = discord.interacting.submit(begun, {"why": "because"})["id"]
        heard = await g.until("INTERACTION_CREATE")
        assert (heard["id"], heard["type"]) == (sent, 5)
        assert heard["data"]["components"][0]["components"][0]["value"] == "because"
    with pytest.raises(ControlError, match="opened no modal"):
        discord.interacting.submit(begun, {"why": "again"})


@pytest.mark.parametrize(
    ("kind", "data"),
    [(1, None), (6, None), (7, {"content": "x"}), (8, {"choices": []}), (10, None), (4, None)],
)
async def test_answers_that_do_not_fit_a_command(
    discord: DiscordServer, bot: Bot, discord_checker: DiscordChecker, kind: int, data: Any
) -> None:
    begun = ask(discord)
    with discord_checker.forgiving():
        assert code(await bot.answer(begun, kind, data)) == (400, 50035)
        assert code(await bot.answer(begun, 4, {"content": ""})) == (400, 50006)
        assert at_content(await bot.answer(begun, 4, {"content": "x" * 2001})) == "BASE_TYPE_MAX_LENGTH"
    # What was refused has not used the answer up.
    assert (await bot.answer(begun, 4, {"content": "right"})).status == 204


def at_content(answer: Answer) -> str:
    found: str = answer.body["errors"]["data"]["content"]["_errors"][0]["code"]
    return found


@pytest.mark.usefixtures("bot")
async def test_a_bot_hears_of_its_own_interactions_only(discord: DiscordServer, gateway: Connect) -> None:
    other = discord.building.add_bot("other")
    async with gateway() as mine, gateway() as g:
        await mine.begin(discord.token, intents=0)
        await g.begin(other["token"])
        ask(discord)
        assert (await mine.until("INTERACTION_CREATE"))["data"]["name"] == "ask"
        discord.people.post("general", "Ada", "for all")
        assert (await g.until("GUILD_CREATE"))["name"] == "Botpod"
        assert (await g.receive())["t"] == "MESSAGE_CREATE"


async def test_commands_are_offered_where_and_to_whom_they_say(discord: DiscordServer, rest: Rest) -> None:
    plain = {"description": "d"}
    bodies = [
        plain | {"name": "everywhere"},
        plain | {"name": "guilds", "contexts": [0]},
        plain | {"name": "private", "contexts": [1]},
        plain | {"name": "old", "dm_permission": False},
        plain | {"name": "bosses", "default_member_permissions": "32"},
        plain | {"name": "owners", "default_member_permissions": "0"},
    ]
    await rest("PUT", f"/applications/{discord.application.id}/commands", bodies)

    def offered(channel: str, user: str) -> str:
        with pytest.raises(ControlError) as refused:
            discord.interacting.command(channel, user, "nope")
        return str(refused.value).partition("there are ")[2]

    # Ada owns the guild.
    assert offered("general", "Ada") == "/everywhere, /guilds, /old, /bosses, /owners."
    assert offered("general", "Linus") == "/everywhere, /guilds, /old."
    assert offered("@hello", "Linus") == "/everywhere, /private, /bosses, /owners."
