"""Who uses a class, as its status says it."""

from __future__ import annotations

from botpod_operator.classes import EXAMPLES, users, written
from botpod_operator.identity import BotKey


def test_some_are_named_and_all_are_counted() -> None:
    keys = [BotKey("team", f"bot-{number}") for number in range(9, 0, -1)]
    (entry,) = users("botpod-system", keys)
    assert entry == {
        "operatorNamespace": "botpod-system",
        "count": 9,
        "examples": [f"team/bot-{number}" for number in range(1, EXAMPLES + 1)],
    }


def test_no_user_leaves_no_entry() -> None:
    assert users("botpod-system", []) == []


def test_an_operator_finds_its_own_entry_among_others() -> None:
    mine, other = users("mine", [BotKey("a", "b")]), users("other", [BotKey("c", "d")])
    live = {"status": {"users": [*other, *mine]}}
    assert written(live, "mine") == mine
    assert written(live, "third") == []
    assert written({}, "mine") == []
