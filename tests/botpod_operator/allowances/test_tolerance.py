"""What goes on though it isn't allowed: only what was there before, and never again once it is gone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize
from hypothesis.stateful import rule as step

from botpod_operator.allowances.tolerance import rule
from botpod_operator.allowances.violation import Violation
from botpod_operator.api.status import BotInstanceStatus

CODES = st.frozensets(st.sampled_from(["class:payments", "image:evil", "pod.labels:a=b", "env:HTTP_PROXY=1"]))


def _violations(codes: frozenset[str]) -> tuple[Violation, ...]:
    return tuple(Violation(code=code, reason="PodNotAllowed", message=f"{code}.") for code in sorted(codes))


def _before(
    *,
    accepted: str = "True",
    reason: str = "Accepted",
    generation: int = 1,
    tolerated: list[str] | None = None,
    **effective: Any,
) -> BotInstanceStatus:
    condition = {
        "type": "Accepted",
        "status": accepted,
        "reason": reason,
        "message": "",
        "lastTransitionTime": "2026-01-01T00:00:00Z",
        "observedGeneration": generation,
    }
    content: dict[str, Any] = {"conditions": [condition], "effective": effective or None}
    if tolerated is not None:
        content["tolerated"] = tolerated
    return BotInstanceStatus.model_validate(content)


NEW = BotInstanceStatus.model_validate({"observedGeneration": -1})


@given(CODES)
def test_a_new_bot_is_refused_whatever_isnt_allowed(codes: frozenset[str]) -> None:
    found = rule(_violations(codes), before=NEW, generation=1)
    assert (found.refused, found.warned, found.tolerated) == (_violations(codes), (), ())


@given(CODES)
def test_what_the_version_before_accepted_goes_on_with_a_warning(codes: frozenset[str]) -> None:
    found = rule(_violations(codes), before=_before(), generation=1)
    assert (found.refused, found.warned, found.tolerated) == ((), _violations(codes), tuple(sorted(codes)))


@given(CODES)
def test_what_the_version_before_refused_is_refused(codes: frozenset[str]) -> None:
    found = rule(_violations(codes), before=_before(accepted="False", reason="UnknownSkill"), generation=1)
    assert (found.refused, found.tolerated) == (_violations(codes), ())


def test_what_only_the_api_server_refused_had_been_accepted() -> None:
    before = _before(accepted="False", reason="ChildRefused")
    assert rule(_violations(frozenset({"a"})), before=before, generation=1).tolerated == ("a",)


def test_of_a_bot_edited_since_only_what_the_status_shows_goes_on() -> None:
    before = _before(className="payments", image="evil")
    codes = frozenset({"class:payments", "image:evil", "pod.labels:a=b"})
    found = rule(_violations(codes), before=before, generation=2)
    assert [one.code for one in found.refused] == ["pod.labels:a=b"]
    assert found.tolerated == ("class:payments", "image:evil")
    # And nothing where the edit was to another class, or another image.
    moved = _before(className="default", image="registry.example/bot:1")
    assert rule(_violations(codes), before=moved, generation=2).tolerated == ()


def test_a_class_can_switch_it_off_and_on_again() -> None:
    codes = frozenset({"image:evil"})
    off = rule(_violations(codes), before=_before(), generation=1, tolerating=False)
    assert (off.refused, off.warned, off.tolerated) == (_violations(codes), (), ("image:evil",))
    after = _before(accepted="False", reason="ImageNotAllowed", tolerated=list(off.tolerated))
    assert rule(_violations(codes), before=after, generation=1).warned == _violations(codes)


def test_an_edit_that_is_refused_can_be_taken_back() -> None:
    before = _before(tolerated=["image:evil"])
    refused = rule(_violations(frozenset({"image:worse"})), before=before, generation=2)
    assert refused.tolerated == ("image:evil",)
    unfit = rule((), before=before, generation=2, runnable=False)
    assert unfit.tolerated == ("image:evil",)


@pytest.mark.parametrize("accepted", ["True", "False"])
def test_what_refuses_nothing_stands_in_nobodys_way(accepted: str) -> None:
    left_out = Violation(code="key", reason="PrivateKeyShared", message="", refused=False)
    found = rule((left_out,), before=_before(accepted=accepted, reason="Whatever"), generation=1)
    assert found.refused == ()
    assert found.tolerated == (("key",) if accepted == "True" else ())


@dataclass
class _Bot:
    generation: int = 1
    codes: frozenset[str] = frozenset()
    status: BotInstanceStatus = field(default_factory=_before)


class Walls(RuleBasedStateMachine):
    """A bot of the version before is upgraded; its owner edits, operators look, and fail to write."""

    def __init__(self) -> None:
        super().__init__()
        self.bot = _Bot()
        self.there_before: frozenset[str] = frozenset()
        """What the bot may still go beyond."""
        self.of_the_version_before = True

    @initialize(codes=CODES)
    def written_before_the_upgrade(self, codes: frozenset[str]) -> None:
        self.bot.codes = self.there_before = codes

    @step(codes=CODES)
    def edited(self, codes: frozenset[str]) -> None:
        self.bot.codes, self.bot.generation = codes, self.bot.generation + 1

    @step(codes=CODES)
    def partly_mended(self, codes: frozenset[str]) -> None:
        self.edited(self.bot.codes & codes)

    @step()
    def edited_back(self) -> None:
        self.edited(self.there_before)

    @step(status_is_written=st.booleans())
    def looked_at(self, *, status_is_written: bool) -> None:
        bot = self.bot
        found = rule(_violations(bot.codes), before=bot.status, generation=bot.generation)
        assert rule(_violations(bot.codes), before=bot.status, generation=bot.generation) == found
        runs = not found.refused
        assert frozenset(found.tolerated) <= self.there_before
        if runs:
            assert bot.codes <= self.there_before
            assert frozenset(found.tolerated) == bot.codes  # what is mended is forgotten
        elif not self.of_the_version_before:
            assert not bot.codes <= self.there_before
        if status_is_written:
            self.of_the_version_before = False
            self.there_before = frozenset(found.tolerated)
            bot.status = _before(
                accepted="True" if runs else "False",
                generation=bot.generation,
                tolerated=list(found.tolerated),
            )

    @step()
    def made_anew(self) -> None:
        self.bot = _Bot(codes=self.bot.codes, status=NEW)
        self.there_before, self.of_the_version_before = frozenset(), False


TestWalls = Walls.TestCase
