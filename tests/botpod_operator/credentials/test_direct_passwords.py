"""Passwords of the class beside credentials that pods fetch themselves: both have to be there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from samples import effective_bot

from botpod_credentials.errors import CredentialsUnusable
from botpod_credentials.judgement import Verdict
from botpod_operator.credentials.answers import settled
from botpod_operator.credentials.delivery import Delivery, Known, Outcome
from botpod_operator.credentials.direct import DirectCourier
from botpod_operator.credentials.patience import Patience
from botpod_operator.credentials.port import Found
from botpod_operator.credentials.wants import Sources

if TYPE_CHECKING:
    from botpod_operator.effective import Effective

REDIS = {"redis": {"url": "redis://r:6379/0", "passwordSecretRef": {"name": "s", "key": "pw"}}}
BOT = effective_bot(
    spec={"credentials": {"vault": {"path": "bots/hello"}, "delivery": "Direct"}},
    class_spec={"vault": {"address": "https://vault.test"}, "state": REDIS},
)
VERIFIED = Verdict(deliver=True, verified=True, settled=True, reason="Verified", message="fine")
TROUBLE = CredentialsUnusable("SecretNotFound", "there is no Secret", certain=True)
DELIVERED = Delivery(source="class", version="-", digest="d", keys=frozenset({"redis-password"}))


class _Own:
    async def look(self) -> Found:
        return Found(source="vault:secret/bots/hello", version="1")

    async def read(self, *_: object) -> Any:
        raise AssertionError("the operator read a value")


class _Trials:
    def told(self, *_: object) -> Verdict:
        return VERIFIED

    def slow(self, _: object) -> bool:
        return False

    def forget(self, _: object) -> None:
        return None


class _Passwords:
    """Says what the test says, and remembers what it was asked for."""

    def __init__(self, outcome: Outcome, *, due: float | None = None) -> None:
        self.outcome, self.due = outcome, due
        self.asked: list[Effective] = []
        self.own: tuple[Found, int] | None = None
        self.forgot = False

    async def look(self, effective: Effective, sources: Sources, _: Known) -> Outcome:
        self.asked.append(effective)
        found = await sources.own.look()
        values = await sources.own.read(found, frozenset())
        self.own = found, len(values.names)
        return self.outcome

    def due_in(self, _: object) -> float | None:
        return self.due

    def forget(self, _: object) -> None:
        self.forgot = True


def direct(passwords: _Passwords) -> DirectCourier:
    patience = Patience(clock=lambda: 1000.0)
    return DirectCourier(courier=passwords, trials=_Trials(), patience=patience)  # type: ignore[arg-type]


async def look(passwords: _Passwords) -> Outcome:
    sources = Sources(own=_Own(), passwords=(("redis-password", "pw", _Own()),))
    return await direct(passwords).look(BOT, sources, Known())


async def test_with_its_passwords_a_bot_has_what_its_pods_tried() -> None:
    passwords = _Passwords(Outcome(delivery=DELIVERED, problem=None))
    outcome = await look(passwords)
    assert outcome.delivery is not None
    assert (outcome.delivery.version, outcome.problem) == ("1", None)
    # Of the bot's own keys the operator is asked for none.
    assert [key.name for key in passwords.asked[0].keys] == ["redis-password"]
    assert passwords.own == (Found(source="class", version="-"), 0)


async def test_without_its_passwords_no_pod_can_start() -> None:
    outcome = await look(_Passwords(Outcome(delivery=None, problem=TROUBLE)))
    assert (outcome.delivery, outcome.problem) == (None, TROUBLE)


async def test_passwords_that_can_not_be_renewed_are_said_and_what_there_is_stays() -> None:
    outcome = await look(_Passwords(Outcome(delivery=DELIVERED, problem=TROUBLE)))
    assert outcome.delivery is not None
    assert outcome.problem == TROUBLE


@pytest.mark.parametrize("due", [None, 7.0])
async def test_it_asks_again_when_the_passwords_are_due_and_forgets_a_bot_that_is_gone(
    due: float | None,
) -> None:
    passwords = _Passwords(Outcome(delivery=DELIVERED, problem=None), due=due)
    made = direct(passwords)
    assert made.due_in(BOT.identity.key) == due
    made.forget(BOT.identity.key)
    assert passwords.forgot


def test_what_nobody_judged_is_not_settled() -> None:
    assert not settled(DELIVERED, verify=True)
    assert not settled(DELIVERED, verify=False)
