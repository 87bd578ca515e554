from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from bot_on_discord import MANIFEST
from eventually import eventually
from hypothesis import given
from hypothesis import strategies as st

from botpod.gateway.commands import payload, payloads, same
from botpod.skills.protocol import Command, Manifest, Option

if TYPE_CHECKING:
    from bot_on_discord import StartBot

    from botpod_local.discord import DiscordServer

GET, PUT = (f"requests {method} /applications/{{application_id}}/commands" for method in ("GET", "PUT"))


@pytest.mark.partly("AC-03", lacks="`import_character` comes with characters")
async def test_commands_are_registered_once_and_left_alone_afterwards(
    discord: DiscordServer, start_bot: StartBot
) -> None:
    first = await start_bot()
    await eventually(lambda: len(discord.looking.commands()) == 2)
    there = {command["name"]: command["id"] for command in discord.looking.commands()}
    await first.stop()

    await start_bot()
    await eventually(lambda: discord.record.counters[GET] == 2)

    assert {command["name"]: command["id"] for command in discord.looking.commands()} == there
    assert discord.record.counters[PUT] == 1


async def test_a_changed_command_keeps_the_others_ids(discord: DiscordServer, start_bot: StartBot) -> None:
    first = await start_bot()
    await eventually(discord.looking.commands)
    before = {command["name"]: command["id"] for command in discord.looking.commands()}
    await first.stop()
    ask, ping = MANIFEST.commands

    changed = replace(MANIFEST, commands=(ask, replace(ping, description="Pong.")))
    await start_bot(manifest=changed)
    await eventually(lambda: discord.record.counters[PUT] == 2)

    after = {command["name"]: command for command in discord.looking.commands()}
    assert after["ask"]["id"] == before["ask"]
    assert after["ping"]["description"] == "Pong."


@pytest.mark.req("AC-04")
async def test_a_bot_whose_commands_can_not_be_registered_works_without(
    discord: DiscordServer, start_bot: StartBot
) -> None:
    discord.faults.fail(403, count=9, path="/applications/*/commands")
    bot = await start_bot()
    await eventually(lambda: "commands" in bot.status.notes)

    discord.people.post("general", "ada", "!ask x")

    await bot.says("You said: x")
    assert "could not be updated" in bot.status.notes["commands"]


def test_required_options_come_first_and_are_complete() -> None:
    command = Command(
        name="roll",
        description="Roll.",
        options=(
            Option(name="times", description="How often.", type="integer", required=False),
            Option(name="die", description="Which.", choices=("d6", "d20"), max_length=3),
        ),
    )

    assert payload(command)["options"] == [
        {
            "type": 3,
            "name": "die",
            "description": "Which.",
            "required": True,
            "choices": [{"name": "d6", "value": "d6"}, {"name": "d20", "value": "d20"}],
            "max_length": 3,
        },
        {"type": 4, "name": "times", "description": "How often.", "required": False},
    ]


def test_what_requires_permissions_is_offered_to_those_who_have_them_and_in_servers_only() -> None:
    purge = Command(name="purge", description="p", requires=frozenset({"MANAGE_MESSAGES", "BAN_MEMBERS"}))

    made = payload(purge)

    assert made["default_member_permissions"] == str(1 << 13 | 1 << 2)
    assert made["contexts"] == [0]
    assert (
        not {"default_member_permissions", "contexts"} & payload(replace(purge, requires=frozenset())).keys()
    )


@pytest.mark.partly("CL-32", lacks="no command that ships requires a permission yet")
async def test_a_command_that_comes_to_require_something_is_offered_anew_and_then_left_alone(
    discord: DiscordServer, start_bot: StartBot, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "botpod.gateway.commands")
    for bucket in ("gateway", "commands"):
        discord.faults.rate_limit(bucket, 100, 1.0)
    ask, ping = MANIFEST.commands
    requiring = replace(MANIFEST, commands=(ask, replace(ping, requires=frozenset({"MANAGE_GUILD"}))))

    def offered() -> tuple[str | None, list[int] | None]:
        (there,) = (one for one in discord.looking.commands() if one["name"] == "ping")
        return there["default_member_permissions"], there.get("contexts")

    for manifest, said, wanted in (
        (MANIFEST, "are updated", (None, None)),
        (requiring, "are updated", ("32", [0])),
        (requiring, "are up to date", ("32", [0])),
        (MANIFEST, "are updated", (None, None)),
    ):
        caplog.clear()
        bot = await start_bot(manifest=manifest)
        await eventually(lambda: "The slash commands" in caplog.text)
        await bot.stop()
        assert said in caplog.text
        assert offered() == wanted


def test_of_two_commands_with_one_name_the_first_counts() -> None:
    other = Manifest(name="other", description="o", commands=(Command(name="ask", description="Other."),))

    assert [one["description"] for one in payloads([MANIFEST, other])] == ["Ask.", "Ping."]


NAMES = st.sampled_from(["a", "b", "c"])
OPTIONS = st.builds(
    Option,
    name=NAMES,
    description=NAMES,
    type=st.sampled_from(["string", "integer", "number", "boolean"]),
    required=st.booleans(),
    max_length=st.none() | st.integers(1, 9),
)
COMMANDS = st.lists(
    st.builds(
        Command,
        name=NAMES,
        description=NAMES,
        options=st.lists(OPTIONS, max_size=2).map(tuple),
        requires=st.frozensets(st.sampled_from(["MANAGE_GUILD", "BAN_MEMBERS"])),
    ),
    max_size=3,
    unique_by=lambda command: command.name,
)


FILLED_IN = st.sampled_from(
    [
        {"dm_permission": True},
        {"dm_permission": True, "contexts": None, "integration_types": [0]},
        {"contexts": [0, 1, 2], "default_member_permissions": None},
    ]
)
"""What Discord says of a command of which we said nothing."""


@given(COMMANDS, COMMANDS, FILLED_IN, st.randoms())
def test_only_a_real_difference_counts(
    one: list[Command], two: list[Command], filled_in: dict[str, object], random: st.Randoms
) -> None:
    wanted = [payload(command) for command in one]
    # Discord adds what it likes, leaves out what is empty or false, and lists in its own order.
    there = [
        {"id": "1", "version": "2", "nsfw": False}
        | filled_in
        | {key: value for key, value in command.items() if value}
        for command in wanted
    ]
    random.shuffle(there)
    assert same(wanted, there)
    assert same(wanted, [payload(command) for command in two]) == (
        {repr(payload(command)) for command in one} == {repr(payload(command)) for command in two}
    )
