"""Who owns which shards, from what pods say, whatever they say."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botpod_operator.usage.shards import MOST_SHARDS, Owned, in_words, owned_in, spread

json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(total=json, shards=json | st.dictionaries(st.text("0123456789-x٣"), json))
def test_a_pod_may_say_anything(total: Any, shards: Any) -> None:
    owned = owned_in({"shardCount": total, "shards": shards})
    assert owned is None or (0 < owned.total <= MOST_SHARDS and set(owned.shards) <= set(range(owned.total)))


@given(st.sets(st.integers(0, 200)))
def test_numbers_in_words_are_all_of_them_and_none_other(numbers: set[int]) -> None:
    told = {
        number
        for run in in_words(sorted(numbers)).split(",")
        if run
        for number in range(int(run.split("-")[0]), int(run.split("-")[-1]) + 1)
    }
    assert told == numbers


def test_numbers_are_written_as_people_write_them() -> None:
    assert in_words([0, 1, 2, 3, 7, 9, 10]) == "0-3,7,9-10"


@pytest.mark.parametrize(
    ("pods", "owned", "settled"),
    [
        ({"a": (0, 1), "b": (2, 3)}, 4, True),
        ({"a": (0, 1, 3), "b": (2,)}, 4, False),
        ({"a": (0, 1), "b": (2,)}, 3, False),
        ({"a": (0, 1), "b": (1, 2, 3)}, 4, False),
        ({"a": (0,), "b": (1,), "c": (2,), "d": (3,), "e": ()}, 4, True),
    ],
)
def test_shards_are_settled_when_each_has_one_owner_and_all_have_as_many(
    pods: dict[str, tuple[int, ...]],
    owned: int,
    settled: bool,  # noqa: FBT001
) -> None:
    found = spread((name, Owned(total=4, shards=shards)) for name, shards in pods.items())
    assert found is not None
    assert (found.owned, found.settled) == (owned, settled)


def test_pods_without_a_gateway_tell_of_none() -> None:
    assert owned_in({"shardCount": None, "shards": {}}) is None
    assert spread([("a", None)]) is None
