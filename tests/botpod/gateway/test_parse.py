from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botpod.events import Attachment, Author, CommandEvent, ComponentEvent, MessageEvent, Place
from botpod.gateway.parse import interaction, message

ME = 99
USER = {"id": "5", "username": "ann", "global_name": "Ann", "discriminator": "0"}
MESSAGE: dict[str, Any] = {
    "id": "7",
    "channel_id": "1",
    "guild_id": "2",
    "author": USER,
    "member": {"nick": "Annie", "roles": ["31", "32"]},
    "content": "<@99> hi",
    "mentions": [{"id": "99", "username": "hello"}],
    "type": 0,
}
COMMAND: dict[str, Any] = {
    "id": "8",
    "type": 2,
    "token": "t",
    "channel_id": "1",
    "guild_id": "2",
    "member": {"user": USER, "nick": None, "roles": ["31"], "permissions": "2147483648"},
    "data": {"id": "3", "name": "ask", "type": 1, "options": [{"name": "q", "type": 3, "value": "why"}]},
}


def test_a_message_in_a_guild() -> None:
    assert message(MESSAGE, self_id=ME) == MessageEvent(
        id=7,
        place=Place(channel_id=1, guild_id=2),
        author=Author(id=5, name="Annie", roles=frozenset({31, 32})),
        content="<@99> hi",
        mentions_bot=True,
    )


def test_roles_that_discord_did_not_send_are_unknown() -> None:
    without = {key: value for key, value in MESSAGE.items() if key != "member"}

    known, unknown = message(MESSAGE, self_id=ME), message(without, self_id=ME)
    direct = message({key: value for key, value in without.items() if key != "guild_id"}, self_id=ME)

    assert known is not None
    assert unknown is not None
    assert direct is not None
    assert (known.author.roles_known, unknown.author.roles_known) == (True, False)
    assert direct.author.roles_known


@pytest.mark.parametrize(
    ("sent", "until"),
    [("2033-05-18T03:33:20+00:00", 2e9), ("2033-05-18T03:33:20.500000Z", 2e9 + 0.5), (None, None)],
)
def test_a_timeout_comes_with_a_message(sent: str | None, until: float | None) -> None:
    event = message({**MESSAGE, "member": {"roles": [], "communication_disabled_until": sent}}, self_id=ME)

    assert event is not None
    assert event.author.timeout_until == until


def test_a_direct_reply_with_a_file() -> None:
    data = {key: value for key, value in MESSAGE.items() if key not in {"guild_id", "member", "mentions"}}
    data |= {
        "type": 19,
        "message_reference": {"message_id": "6", "channel_id": "1"},
        "attachments": [{"id": "4", "filename": "a.txt", "url": "https://cdn/a.txt", "size": 3}],
    }

    event = message(data, self_id=ME)

    assert event is not None
    assert event.place == Place(channel_id=1)
    assert event.author.name == "Ann"
    assert event.replies_to == 6
    assert not event.mentions_bot
    assert event.attachments == (
        Attachment(id=4, filename="a.txt", url="https://cdn/a.txt", content_type=None, size=3),
    )


@pytest.mark.parametrize("kind", [6, 7, 8, 18, 20, 23])
def test_discords_own_notices_are_nobodys_words(kind: int) -> None:
    assert message({**MESSAGE, "type": kind}, self_id=ME) is None


@pytest.mark.parametrize("change", [{"author": {**USER, "bot": True}}, {"webhook_id": "3"}])
def test_bots_and_webhooks_are_told_apart(change: dict[str, Any]) -> None:
    event = message({**MESSAGE, **change}, self_id=ME)

    assert event is not None
    assert event.author.is_bot


def test_a_slash_command() -> None:
    assert interaction(COMMAND) == CommandEvent(
        id=8,
        place=Place(channel_id=1, guild_id=2),
        author=Author(id=5, name="Ann", roles=frozenset({31}), permissions=1 << 31),
        command="ask",
        options={"q": "why"},
    )


def test_a_member_who_may_nothing_is_not_one_of_whom_nothing_is_known() -> None:
    nothing, unknown = (
        {**COMMAND, "member": {"user": USER, "roles": [], **more}} for more in ({"permissions": "0"}, {})
    )

    assert [one and one.author.permissions for one in map(interaction, (nothing, unknown))] == [0, None]


def test_options_of_a_subcommand_are_found() -> None:
    nested = {
        "name": "ask",
        "type": 1,
        "options": [
            {
                "name": "group",
                "type": 2,
                "options": [{"name": "sub", "type": 1, "options": [{"name": "n", "type": 4, "value": 3}]}],
            }
        ],
    }

    event = interaction({**COMMAND, "data": nested})

    assert isinstance(event, CommandEvent)
    assert event.options == {"n": 3}


def test_a_button_in_private() -> None:
    data = {
        "id": "8",
        "type": 3,
        "token": "t",
        "channel_id": "1",
        "user": USER,
        "data": {"custom_id": "dice:again", "component_type": 2},
        "message": {"id": "6"},
    }

    assert interaction(data) == ComponentEvent(
        id=8,
        place=Place(channel_id=1),
        author=Author(id=5, name="Ann"),
        custom_id="dice:again",
        message_id=6,
    )


@pytest.mark.parametrize(
    "change",
    [{"type": 4}, {"type": 5}, {"type": 1}, {"data": {"name": "Report", "type": 3}}, {"channel_id": None}],
)
def test_interactions_of_other_kinds_are_left_alone(change: dict[str, Any]) -> None:
    assert interaction({**COMMAND, **change}) is None


@given(content=st.text(), ids=st.lists(st.integers(0, 2**63), max_size=5))
def test_whatever_is_written_is_kept_as_it_is(content: str, ids: list[int]) -> None:
    mentions = [{"id": str(one)} for one in ids]

    event = message({**MESSAGE, "content": content, "mentions": mentions}, self_id=ME)

    assert event is not None
    assert event.content == content
    assert event.mentions_bot == (ME in ids)
