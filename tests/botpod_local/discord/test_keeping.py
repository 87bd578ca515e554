"""A world that outlives its Discord."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botpod_local.discord import DiscordServer, default_world
from botpod_local.discord.keeping import kept, read_world, text_of, world_in
from botpod_local.discord.world.records import Attachment, Channel, Message, Origin, Reaction, Reference
from botpod_local.errors import LocalError

if TYPE_CHECKING:
    from pathlib import Path

IDS = st.integers(min_value=0, max_value=2**63 - 1)
TEXTS = st.text(st.characters(codec="utf-8"))
JSON = st.dictionaries(TEXTS, st.one_of(st.none(), st.booleans(), IDS, TEXTS, st.lists(TEXTS)), max_size=3)
MESSAGES = st.builds(
    Message,
    id=IDS,
    channel_id=IDS,
    author_id=IDS,
    created=st.floats(0, 4e9),
    content=TEXTS,
    edited=st.none() | st.floats(0, 4e9),
    embeds=st.lists(JSON, max_size=2),
    attachments=st.lists(
        st.builds(Attachment, id=IDS, filename=TEXTS, content=st.binary(), content_type=TEXTS), max_size=2
    ),
    reactions=st.lists(
        st.builds(Reaction, emoji_id=st.none() | IDS, emoji_name=TEXTS, user_ids=st.lists(IDS)), max_size=2
    ),
    mentions=st.lists(IDS, max_size=2),
    nonce=st.none() | IDS | TEXTS,
    reference=st.none() | st.builds(Reference, message_id=IDS, channel_id=IDS, guild_id=st.none() | IDS),
    origin=st.none() | st.builds(Origin, interaction_id=IDS, type=IDS, name=TEXTS, user_id=IDS),
)


@given(st.lists(MESSAGES, max_size=3))
def test_whatever_was_said_is_there_again(messages: list[Message]) -> None:
    world = default_world()
    channel: Channel = next(iter(world.channels.values()))
    channel.messages = {message.id: message for message in messages}

    again = world_in(text_of(world))

    assert (again.users, again.guilds, again.channels) == (world.users, world.guilds, world.channels)
    assert again.applications == world.applications
    assert {
        file for message in channel.messages.values() for file in (a.id for a in message.attachments)
    } == (set(again.files))
    # Whatever the clock says by then.
    assert again.snowflakes.next() > world.snowflakes.newest


async def test_a_discord_goes_on_with_what_another_one_kept(tmp_path: Path) -> None:
    file = tmp_path / "world.json"
    world = default_world()
    async with kept(world, file), DiscordServer(world=world) as discord:
        discord.people.post("general", "ada", "before the end")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600

    found = read_world(file)
    assert found is not None
    async with kept(found, file), DiscordServer(world=found) as discord:
        assert [m["content"] for m in discord.looking.messages("general")] == ["before the end"]
        assert discord.token == world.applications[discord.application.id].token
        discord.people.post("general", "linus", "and after")
    again = read_world(file)
    assert again is not None
    assert "and after" in text_of(again)


def test_a_file_that_is_no_world_is_told_without_what_stands_in_it(tmp_path: Path) -> None:
    file = tmp_path / "world.json"
    assert read_world(file) is None
    file.write_text('{"users": "a secret"}')

    with pytest.raises(LocalError, match="remove it to begin anew") as caught:
        read_world(file)

    assert "secret" not in str(caught.value)
    assert str(file) in str(caught.value)
