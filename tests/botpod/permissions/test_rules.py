"""Discord's arithmetic: cases of its documentation, laws, and another's computation of the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botpod.gateway import access
from botpod.permissions.names import BITS, bits
from botpod.permissions.rules import ALL, Channel, Guild, Member, Overwrite, in_channel, in_guild
from botpod_local.discord.payloads.channels import channel_payload
from botpod_local.discord.payloads.guilds import guild_payload
from botpod_local.discord.world import building, permissions, threads
from botpod_local.discord.world.default import default_world
from botpod_local.discord.world.records import ChannelType
from botpod_local.discord.world.records import Overwrite as Exception_

OWNER, ANN = 1, 2
EVERYONE, MODS, HELPERS = 10, 11, 12
VIEW, SEND, MANAGE, HISTORY = (
    BITS[name] for name in ("VIEW_CHANNEL", "SEND_MESSAGES", "MANAGE_MESSAGES", "READ_MESSAGE_HISTORY")
)
ADMINISTRATOR = BITS["ADMINISTRATOR"]

GUILD = Guild(id=EVERYONE, owner=OWNER, roles={EVERYONE: VIEW | SEND, MODS: MANAGE, HELPERS: HISTORY})
BITSETS = st.integers(0, ALL).map(lambda held: held & ALL)
OVERWRITES = st.builds(Overwrite, BITSETS, BITSETS)
ROLES = (EVERYONE, MODS, HELPERS)
GUILDS = st.builds(
    Guild,
    id=st.just(EVERYONE),
    owner=st.just(OWNER),
    # An administrator is a case of its own.
    roles=st.fixed_dictionaries({role: BITSETS.map(lambda held: held & ~ADMINISTRATOR) for role in ROLES}),
)
CHANNELS = st.builds(
    Channel,
    roles=st.dictionaries(st.sampled_from(ROLES), OVERWRITES),
    members=st.dictionaries(st.sampled_from([OWNER, ANN]), OVERWRITES),
)
MEMBERS = st.builds(
    Member,
    id=st.just(ANN),
    roles=st.frozensets(st.sampled_from([MODS, HELPERS])),
    in_timeout=st.booleans(),
)


def ann(*roles: int, in_timeout: bool = False) -> Member:
    return Member(id=ANN, roles=frozenset(roles), in_timeout=in_timeout)


def test_roles_add_to_what_everyone_may() -> None:
    assert in_channel(GUILD, Channel(), ann()) == VIEW | SEND
    assert in_channel(GUILD, Channel(), ann(MODS)) == VIEW | SEND | MANAGE
    assert in_guild(GUILD, ann(MODS, HELPERS)) == VIEW | SEND | MANAGE | HISTORY


def test_a_role_that_is_gone_gives_nothing() -> None:
    assert in_channel(GUILD, Channel(), ann(999)) == VIEW | SEND


DENIES, ALLOWS = Overwrite(deny=MANAGE), Overwrite(allow=MANAGE)


@pytest.mark.parametrize(
    ("channel", "may"),
    [
        (Channel(roles={EVERYONE: DENIES}), False),
        (Channel(roles={MODS: DENIES}), False),
        (Channel(members={ANN: DENIES}), False),
        (Channel(members={OWNER: DENIES}), True),
        (Channel(roles={EVERYONE: DENIES, MODS: ALLOWS}), True),
        (Channel(roles={EVERYONE: ALLOWS, MODS: DENIES}), False),
        # Of all roles together an allowance counts more.
        (Channel(roles={MODS: DENIES, HELPERS: ALLOWS}), True),
        (Channel(roles={MODS: ALLOWS, HELPERS: DENIES}), True),
        # The member comes last.
        (Channel(roles={MODS: ALLOWS}, members={ANN: DENIES}), False),
        (Channel(roles={EVERYONE: DENIES, MODS: DENIES}, members={ANN: ALLOWS}), True),
        (Channel(members={ANN: Overwrite(allow=MANAGE, deny=MANAGE)}), True),
    ],
)
def test_exceptions_count_in_their_order(channel: Channel, may: bool) -> None:  # noqa: FBT001
    held = in_channel(GUILD, channel, ann(MODS, HELPERS))

    assert bool(held & MANAGE) == may
    assert held | MANAGE == VIEW | SEND | MANAGE | HISTORY


@given(GUILDS, CHANNELS, st.booleans())
def test_an_owner_may_everything(guild: Guild, channel: Channel, in_timeout: bool) -> None:  # noqa: FBT001
    assert in_channel(guild, channel, Member(id=OWNER, in_timeout=in_timeout)) == ALL


@given(GUILDS, CHANNELS, st.sampled_from(ROLES), st.booleans())
def test_an_administrator_may_everything(
    guild: Guild,
    channel: Channel,
    role: int,
    in_timeout: bool,  # noqa: FBT001
) -> None:
    roles = {**guild.roles, role: ADMINISTRATOR}

    held = in_channel(
        Guild(id=EVERYONE, owner=OWNER, roles=roles), channel, ann(MODS, HELPERS, in_timeout=in_timeout)
    )

    assert held == ALL


@given(GUILDS, CHANNELS, MEMBERS)
def test_no_exception_makes_an_administrator(guild: Guild, channel: Channel, member: Member) -> None:
    assert not in_channel(guild, channel, member) & ADMINISTRATOR


@given(GUILDS, CHANNELS, st.frozensets(st.sampled_from([MODS, HELPERS])))
def test_a_timeout_leaves_what_one_may_read(guild: Guild, channel: Channel, roles: frozenset[int]) -> None:
    free = in_channel(guild, channel, ann(*roles))

    assert in_channel(guild, channel, ann(*roles, in_timeout=True)) == free & (VIEW | HISTORY)


@given(GUILDS, CHANNELS, MEMBERS)
def test_nothing_comes_from_nowhere(guild: Guild, channel: Channel, member: Member) -> None:
    applying = [
        *(channel.roles[role] for role in {EVERYONE, *member.roles} if role in channel.roles),
        *([channel.members[ANN]] if ANN in channel.members else []),
    ]
    given_somewhere = in_guild(guild, member)
    for overwrite in applying:
        given_somewhere |= overwrite.allow

    assert in_channel(guild, channel, member) & ~given_somewhere == 0


@given(st.data())
def test_it_agrees_with_how_the_stand_in_decides(data: st.DataObject) -> None:
    """It decides of itself what it lets people do; both see the same world, ours as REST shows it."""
    world = default_world()
    guild = next(iter(world.guilds.values()))
    ada, linus, grace, alan = (user for user in world.users.values() if not user.bot)
    people = (ada, linus, grace, alan)
    roles = [building.add_role(world, guild, f"role {n}", permissions=data.draw(BITSETS)) for n in range(3)]
    guild.roles[guild.id].permissions = data.draw(BITSETS.map(lambda held: held & ~ADMINISTRATOR))
    for user in people:
        for role in data.draw(st.lists(st.sampled_from(roles), unique_by=lambda one: one.id)):
            building.give_role(world, guild, user.id, role)
    targets = [(guild.id, 0), *((role.id, 0) for role in roles), *((user.id, 1) for user in people)]
    drawn = data.draw(st.lists(st.sampled_from(targets), unique=True))
    overwrites = [
        Exception_(id=to, kind=kind, allow=data.draw(BITSETS), deny=data.draw(BITSETS)) for to, kind in drawn
    ]
    parent = building.add_channel(world, guild, "place", overwrites=overwrites)
    thread = threads.open_alone(world, parent, kind=ChannelType.PUBLIC_THREAD, name="t", owner_id=ada.id)
    shown = access.channel(channel_payload(world, thread))
    assert shown.parent == parent.id
    read_guild = access.guild(guild_payload(guild))
    read_channel = access.channel(channel_payload(world, parent))

    for user in people:
        member = Member(id=user.id, roles=frozenset(guild.members[user.id].roles))
        ours = in_channel(read_guild, read_channel, member)
        theirs = permissions.in_channel(world, thread, user.id)
        # An exception's bit for administrators, which Discord doesn't know, is all that may differ.
        if ours != ALL:
            theirs &= ~ADMINISTRATOR
        assert ours == theirs & ALL  # the stand-in's "all" has bits without a name


def test_all_are_all_that_discord_names() -> None:
    assert bits(BITS) == ALL
