"""No channel and no server takes the room of all."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from botpod.config.schema import LimitsSection
from botpod.dispatch.room import WAITING_PER_PLACE, Room
from botpod.events import Place

PLACES = st.builds(
    lambda guild, channel: Place(channel_id=10 * (guild or 0) + channel, guild_id=guild),
    st.none() | st.integers(1, 3),
    st.integers(0, 9),
)
LIMITS = st.builds(
    lambda whole, channel, person: LimitsSection.model_validate(
        {"concurrent": whole, "concurrentPerChannel": channel, "concurrentPerUser": person}
    ),
    st.integers(1, 8),
    st.integers(1, 8),
    st.integers(1, 8),
)
COMING = st.tuples(PLACES, st.integers(1, 5))


@given(LIMITS, st.lists(COMING, max_size=300))
def test_each_has_its_bound_and_another_server_finds_room(
    limits: LimitsSection, coming: list[tuple[Place, int]]
) -> None:
    room = Room()
    inside = [(place, person) for place, person in coming if room.enter(place, person, limits)]

    whole = limits.concurrent * WAITING_PER_PLACE
    assert len(room) == len(inside) <= 2 * whole
    of_channels = Counter(place.channel_id for place, _ in inside)
    of_people = Counter(person for _, person in inside)
    most = max(limits.messages_per_user, limits.concurrent_per_user * WAITING_PER_PLACE)
    assert all(many <= limits.concurrent_per_channel * WAITING_PER_PLACE for many in of_channels.values())
    assert all(many <= most for many in of_people.values())
    # Whatever the others take, however many they are.
    if len(inside) < 2 * whole:
        assert room.enter(Place(channel_id=999, guild_id=999), 999, limits)


@given(LIMITS, st.lists(COMING, max_size=60))
def test_who_leaves_makes_room_again(limits: LimitsSection, coming: list[tuple[Place, int]]) -> None:
    room = Room()
    first = [(place, person) for place, person in coming if room.enter(place, person, limits)]
    for place, person in first:
        room.leave(place, person)

    assert len(room) == 0
    assert [(place, person) for place, person in coming if room.enter(place, person, limits)] == first
