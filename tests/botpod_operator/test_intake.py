"""Which bots and classes an event concerns."""

from __future__ import annotations

from typing import Any

import pytest

from botpod_operator.identity import BotKey
from botpod_operator.watch.intake import Intake
from botpod_operator.watch.store import Store


class _Seen:
    """An intake that was shown three bots, and what it enqueued since."""

    def __init__(self) -> None:
        self.store = Store()
        self.bots: list[str] = []
        self.one_of_many: set[str] = set()
        self.classes: list[str] = []
        self.version = 0
        self.intake = Intake(
            store=self.store,
            enqueue=self._enqueue,
            enqueue_class=self.classes.append,
            shown=lambda *_, **__: None,
        )
        for name, class_name in (("a", "gold"), ("b", "silver"), ("c", "gold")):
            self.bot(name, class_name)
        self.forget()

    def _enqueue(self, key: BotKey, *, one_of_many: bool = False) -> None:
        self.bots.append(key.name)
        if one_of_many:
            self.one_of_many.add(key.name)

    def bot(self, name: str, class_name: str, *, deleted: bool = False) -> None:
        self.intake.bot({"metadata": self._meta(name), "spec": {"className": class_name}}, deleted=deleted)

    def botclass(self, name: str, *, generation: int = 1, deleted: bool = False) -> None:
        metadata = {**self._meta(name), "generation": generation}
        self.intake.botclass({"metadata": metadata, "spec": {}}, deleted=deleted)

    def forget(self) -> None:
        self.bots.clear()
        self.classes.clear()

    def _meta(self, name: str) -> dict[str, Any]:
        self.version += 1
        return {"name": name, "namespace": "default", "uid": name, "resourceVersion": str(self.version)}


@pytest.fixture
def seen() -> _Seen:
    return _Seen()


def test_a_class_concerns_the_bots_that_name_it(seen: _Seen) -> None:
    seen.botclass("gold")
    assert sorted(seen.bots) == ["a", "c"]
    assert seen.classes == ["gold"]


def test_an_edited_bot_is_looked_at_before_the_bots_of_an_edited_class(seen: _Seen) -> None:
    seen.botclass("gold")
    seen.bot("b", "silver")
    assert seen.one_of_many == {"a", "c"}
    assert "b" in seen.bots


def test_a_class_whose_status_alone_changed_concerns_no_bot(seen: _Seen) -> None:
    seen.botclass("gold")
    seen.forget()
    seen.botclass("gold")
    assert seen.bots == []
    assert seen.classes == ["gold"]
    seen.botclass("gold", generation=2)
    assert sorted(seen.bots) == ["a", "c"]


def test_a_class_that_a_look_found_first_still_concerns_all_its_bots(seen: _Seen) -> None:
    """The look of one bot asks for a class that no watch has shown yet; the others wait for the watch."""
    metadata = {"name": "gold", "uid": "gold", "resourceVersion": "90", "generation": 1}
    seen.store.see_class({"metadata": metadata, "spec": {}})
    seen.botclass("gold")
    assert sorted(seen.bots) == ["a", "c"]


def test_a_class_that_is_gone_and_comes_again_concerns_its_bots_each_time(seen: _Seen) -> None:
    seen.botclass("gold")
    seen.forget()
    seen.botclass("gold", deleted=True)
    assert sorted(seen.bots) == ["a", "c"]
    seen.forget()
    seen.botclass("gold")
    assert sorted(seen.bots) == ["a", "c"]


def test_a_bot_concerns_the_classes_that_gain_or_lose_it(seen: _Seen) -> None:
    seen.bot("a", "gold")
    assert seen.classes == []
    seen.bot("a", "silver")
    assert seen.classes == ["gold", "silver"]
    seen.forget()
    seen.bot("a", "silver", deleted=True)
    assert seen.classes == ["silver"]
    seen.forget()
    seen.bot("d", "bronze")
    assert (seen.bots, seen.classes) == (["d"], ["bronze"])


def _bot(*, version: int, generation: int = 1, status: str = "", **metadata: Any) -> dict[str, Any]:
    return {
        "metadata": {
            "name": "a",
            "namespace": "default",
            "uid": "a",
            "generation": generation,
            "resourceVersion": str(version),
            **metadata,
        },
        "spec": {"className": "gold", "replicas": generation},
        **({"status": {"said": status}} if status else {}),
    }


def test_the_status_that_we_wrote_ourselves_concerns_nobody(seen: _Seen) -> None:
    seen.intake.bot(_bot(version=10), deleted=False)
    seen.forget()
    written = _bot(version=11, status="ours", managedFields=[{"manager": "botpod-operator"}])
    seen.store.see_status(written)

    seen.intake.bot(written, deleted=False)
    assert seen.bots == []
    seen.intake.bot(_bot(version=12, status="somebody else's"), deleted=False)
    assert seen.bots == ["a"]


@pytest.mark.parametrize(
    "change", [{"generation": 2}, {"annotations": {"a": "b"}}, {"deletionTimestamp": "2026-01-01T00:00:00Z"}]
)
def test_an_edit_that_the_answer_to_our_status_shows_first_is_not_lost(
    seen: _Seen, change: dict[str, Any]
) -> None:
    """Somebody edits the bot while it is looked at, and the watch is slower than the answer."""
    seen.intake.bot(_bot(version=10), deleted=False)
    seen.forget()
    written = _bot(version=12, status="ours", **change)
    seen.store.see_status(written)

    seen.intake.bot(written, deleted=False)
    assert seen.bots == ["a"]


def test_a_bot_deleted_with_our_status_on_it_is_told_of(seen: _Seen) -> None:
    seen.intake.bot(_bot(version=10), deleted=False)
    written = _bot(version=11, status="ours")
    seen.store.see_status(written)
    seen.forget()

    seen.intake.bot(written, deleted=True)
    assert seen.bots == ["a"]
    seen.store.see_status(_bot(version=13, status="late"))
    assert seen.store.bot(BotKey("default", "a")) is None


@pytest.mark.parametrize(
    ("change", "concerned"),
    [({}, []), ({"status": "somebody else's"}, ["a"]), ({"generation": 2}, ["a"]), ({"labels": {}}, ["a"])],
)
def test_a_status_of_ours_that_the_watch_shows_before_the_answer_concerns_nobody(
    seen: _Seen, change: dict[str, Any], concerned: list[str]
) -> None:
    seen.intake.bot(_bot(version=10), deleted=False)
    seen.forget()
    with seen.store.status_coming(BotKey("default", "a"), {"said": "ours"}):
        seen.intake.bot(_bot(version=11, **{"status": "ours", **change}), deleted=False)
    assert seen.bots == concerned
    seen.intake.bot(_bot(version=12, status="ours"), deleted=False)
    assert seen.bots == [*concerned, "a"]
