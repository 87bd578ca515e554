from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from botpod.gateway.sharing import plan
from botpod.state.port import View


def settle(pods: list[str], owners: dict[int, str], count: int) -> tuple[dict[int, str], int]:
    """Let the pods act in turn until nothing changes; return who owns what, and how many shards moved."""
    moved = 0
    for _ in range(10 * count + 10):
        before = dict(owners)
        for pod in pods:
            todo = plan(View(pods=tuple(pods), owners=dict(owners)), count=count, pod=pod)
            for shard in todo.claim:
                owners.setdefault(shard, pod)
            if todo.give_up is not None:
                del owners[todo.give_up]
                moved += 1
        if owners == before:
            return owners, moved
    raise AssertionError("the pods never came to rest")


@given(st.integers(1, 6), st.integers(1, 24), st.data())
@settings(max_examples=200)
def test_whoever_owned_what_before_all_end_with_a_fair_share(
    pods: int, count: int, data: st.DataObject
) -> None:
    names = [f"pod-{number}" for number in range(pods)]
    start = data.draw(st.dictionaries(st.integers(0, count - 1), st.sampled_from(names)))
    before = Counter(start.values())

    owners, moved = settle(names, dict(start), count)

    assert set(owners) == set(range(count))
    shares = Counter(dict.fromkeys(names, 0)) + Counter(owners.values())
    least, most = count // pods, -(-count // pods)
    assert all(least <= shares[name] <= most for name in names)
    # No more moves than what lay above a share before.
    assert moved <= sum(max(0, before[name] - least) for name in names)


def test_a_lone_pod_takes_everything() -> None:
    assert plan(View(pods=("a",), owners={}), count=4, pod="a").claim == (0, 1, 2, 3)


def test_the_second_pod_of_one_shard_stands_by() -> None:
    view = View(pods=("a", "b"), owners={0: "a"})

    assert plan(view, count=1, pod="a") == plan(view, count=1, pod="b")
    assert plan(view, count=1, pod="b").claim == ()


def test_shards_of_a_dead_pod_are_taken() -> None:
    view = View(pods=("a",), owners={0: "a"})

    assert plan(view, count=3, pod="a").claim == (1, 2)


def test_a_pod_that_nobody_has_heard_of_yet_counts_itself() -> None:
    assert plan(View(pods=(), owners={}), count=2, pod="a").claim == (0, 1)
