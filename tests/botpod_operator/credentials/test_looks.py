"""When a bot's credentials are looked at, and that values never show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from samples import DELIVERY, effective_bot, spec

from botpod_credentials.errors import CredentialsUnusable
from botpod_credentials.values import Hidden, SecretValues
from botpod_operator.credentials.delivery import Delivery, Known, Outcome
from botpod_operator.credentials.looks import SOON_SECONDS, Looks
from botpod_operator.errors import Transient

if TYPE_CHECKING:
    from collections.abc import Callable

BOT = effective_bot()


class _Courier:
    def __init__(self) -> None:
        self.looks, self.outcome = 0, Outcome(delivery=None)
        self.open: float | None = None
        self.read_ago: float | None = None

    async def look(self, *_: object) -> Outcome:
        self.looks += 1
        return self.outcome

    def edited(self, _: object) -> None: ...

    def delivered(self, *_: object, newest: bool) -> None: ...

    def forget(self, _: object) -> None: ...

    def due_in(self, _: object) -> float | None:
        return self.open

    def age(self, _: object) -> float | None:
        return self.read_ago


class _Factory:
    def __init__(self) -> None:
        self.fresh: list[bool] = []

    def sources(self, *_: object, fresh: bool) -> None:
        self.fresh.append(fresh)


def _looks(
    courier: _Courier,
    now: list[float],
    *,
    factory: _Factory | None = None,
    jitter: Callable[[float, float], float] = lambda *_: 1.0,
) -> Looks:
    return Looks(
        courier=courier,
        direct=courier,
        factory=factory or _Factory(),
        board=courier,
        accounts=courier,
        clock=lambda: now[0],
        jitter=jitter,
    )


async def test_looks_are_made_when_due_or_when_something_else_is_asked() -> None:
    courier, factory, now = _Courier(), _Factory(), [0.0]
    looks = _looks(courier, now, factory=factory)
    credentials = spec(credentials={"secretRef": {"name": "a"}, "refreshInterval": "1m"}).credentials
    await looks.outcome(BOT, credentials, Known())
    assert looks.due_in(BOT.identity.key) == SOON_SECONDS  # nothing to start with: soon again
    courier.outcome = Outcome(
        delivery=Delivery(source="s", version="1", digest="d", keys=frozenset({"discord-token"}))
    )
    now[0] = SOON_SECONDS
    await looks.outcome(BOT, credentials, Known())
    assert looks.due_in(BOT.identity.key) == 60
    await looks.outcome(BOT, credentials, Known())
    assert courier.looks == 2
    other = spec(credentials={"secretRef": {"name": "b"}, "refreshInterval": "1m"}).credentials
    await looks.outcome(BOT, other, Known())
    assert courier.looks == 3
    now[0] += 60
    await looks.outcome(BOT, other, Known())
    assert courier.looks == 4
    # Only an edit asks for what nobody read yet.
    assert factory.fresh == [False, False, True, False]
    looks.nudge(BOT.identity.key)
    courier.open = 7.0
    await looks.outcome(BOT, other, Known())
    assert (courier.looks, looks.due_in(BOT.identity.key)) == (5, 7.0)


@pytest.mark.parametrize(("known", "soonest"), [(Known(delivery=DELIVERY), 18.0), (Known(), 60.0)])
async def test_bots_that_all_were_there_at_a_start_are_not_all_due_again_at_once(
    known: Known, soonest: float
) -> None:
    courier, now = _Courier(), [0.0]
    looks = _looks(courier, now, jitter=lambda low, _: low)
    credentials = spec(credentials={"secretRef": {"name": "a"}, "refreshInterval": "1m"}).credentials
    courier.outcome = Outcome(delivery=DELIVERY)
    await looks.outcome(BOT, credentials, known)
    assert looks.due_in(BOT.identity.key) == soonest
    now[0] = 60.0
    await looks.outcome(BOT, credentials, known)
    assert looks.due_in(BOT.identity.key) == 60


async def test_the_age_of_the_last_check_is_that_of_the_last_answer_not_of_the_last_try() -> None:
    courier, now, key = _Courier(), [0.0], BOT.identity.key
    looks = _looks(courier, now)
    credentials = spec(credentials={"secretRef": {"name": "a"}}).credentials

    async def look(outcome: Outcome) -> float | None:
        now[0] += 60
        courier.outcome = outcome
        await looks.outcome(BOT, credentials, Known())
        return looks.checked_ago(key)

    def trouble(reason: str) -> Outcome:
        return Outcome(delivery=DELIVERY, problem=CredentialsUnusable(reason, "no.", certain=False))

    assert looks.checked_ago(key) is None
    assert await look(trouble("VaultSealed")) == 0  # it counts from the first try
    assert await look(trouble("VaultSealed")) == 60
    assert await look(Outcome(delivery=DELIVERY)) == 0
    assert await look(trouble("VaultPermissionDenied")) == 60
    assert await look(trouble("VerificationPending")) == 0
    courier.read_ago = 500.0  # a look that nobody reads for any more
    assert await look(Outcome(delivery=DELIVERY)) == 500


def test_values_never_show() -> None:
    values = SecretValues({"discord-token": "canary"})
    shown = [repr(values), str(values), f"{values}", repr(Hidden("canary")), str(Hidden("canary"))]
    assert not any("canary" in text for text in shown)
    assert "discord-token" in repr(values)


def test_transient_trouble_keeps_its_time() -> None:
    assert Transient("later", retry_after=3).retry_after == 3
