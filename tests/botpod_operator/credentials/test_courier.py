"""Courier and looks with sources of the test's own: when a value is read, and what if it can't be."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from samples import effective_bot, spec

from botpod_operator.credentials.courier import Courier, Sources
from botpod_operator.credentials.delivery import Delivery, Outcome
from botpod_operator.credentials.looks import SOON_SECONDS, Looks
from botpod_operator.credentials.port import Found, Unverified, Verdict
from botpod_operator.credentials.values import Hidden, SecretValues
from botpod_operator.desired.secret import delivery_in
from botpod_operator.errors import CredentialsUnusable, Transient

BOT = effective_bot()


class _Source:
    def __init__(self) -> None:
        self.version, self.values, self.reads = "1", {"discord-token": "secret-1"}, 0
        self.trouble: CredentialsUnusable | None = None

    async def look(self) -> Found:
        if self.trouble is not None:
            raise self.trouble
        return Found(source="vault:secret/x", version=self.version)

    async def read(self, found: Found, names: frozenset[str]) -> SecretValues:
        self.reads += 1
        missing = names - set(self.values)
        if missing:
            raise CredentialsUnusable("KeyMissing", f"no {missing} in {found.version}", certain=True)
        return SecretValues({name: self.values[name] for name in names})


class _Keeper:
    """Holds one Secret as the API server would."""

    def __init__(self) -> None:
        self.secret: dict[str, Any] | None = None
        self.writes = 0

    async def delivered(self, _: object) -> Delivery | None:
        if self.secret is None:
            return None
        return delivery_in(self.secret["metadata"]["annotations"], keys=frozenset(self.secret["data"]))

    async def deliver(self, manifest: dict[str, Any]) -> None:
        self.writes += 1
        self.secret = manifest

    def value(self, name: str) -> str:
        assert self.secret is not None
        return base64.b64decode(self.secret["data"][name]).decode()


class _Refuses:
    def __init__(self) -> None:
        self.asked = 0

    async def verify(self, *_: object) -> Verdict:
        self.asked += 1
        return Verdict(accepted=False, verified=False, reason="DiscordRefused", message="Discord says no.")


@pytest.fixture
def source() -> _Source:
    return _Source()


@pytest.fixture
def keeper() -> _Keeper:
    return _Keeper()


def _sources(source: _Source) -> Sources:
    return Sources(own=source, passwords=())


async def test_a_value_is_read_once_per_version(source: _Source, keeper: _Keeper) -> None:
    courier = Courier(keeper=keeper, verifier=Unverified())
    for _ in range(3):
        await courier.look(BOT, _sources(source))
    assert (source.reads, keeper.writes, keeper.value("discord-token")) == (1, 1, "secret-1")
    source.version, source.values = "2", {"discord-token": "secret-2"}
    outcome = await courier.look(BOT, _sources(source))
    assert outcome.delivery is not None
    assert (outcome.delivery.version, keeper.value("discord-token")) == ("2", "secret-2")


async def test_another_process_reads_nothing_and_knows_the_verdict(source: _Source, keeper: _Keeper) -> None:
    first = await Courier(keeper=keeper, verifier=Unverified()).look(BOT, _sources(source))
    second = await Courier(keeper=keeper, verifier=Unverified()).look(BOT, _sources(source))
    assert (source.reads, keeper.writes) == (1, 1)
    assert second == first


async def test_a_version_that_lacks_a_key_is_read_once(source: _Source, keeper: _Keeper) -> None:
    courier = Courier(keeper=keeper, verifier=Unverified())
    await courier.look(BOT, _sources(source))
    source.version, source.values = "2", {}
    for _ in range(3):
        outcome = await courier.look(BOT, _sources(source))
        assert outcome.problem is not None
        assert outcome.problem.reason == "KeyMissing"
        assert outcome.delivery is not None
        assert outcome.delivery.version == "1"
    assert (source.reads, keeper.value("discord-token")) == (2, "secret-1")
    source.version, source.values = "3", {"discord-token": "secret-3"}
    assert (await courier.look(BOT, _sources(source))).problem is None


async def test_a_refused_credential_never_replaces_a_good_one(source: _Source, keeper: _Keeper) -> None:
    await Courier(keeper=keeper, verifier=Unverified()).look(BOT, _sources(source))
    source.version, source.values = "2", {"discord-token": "secret-2"}
    outcome = await Courier(keeper=keeper, verifier=_Refuses()).look(BOT, _sources(source))
    assert outcome.problem is not None
    assert (outcome.problem.reason, keeper.value("discord-token")) == ("DiscordRefused", "secret-1")


async def test_a_source_that_is_away_leaves_what_there_is(source: _Source, keeper: _Keeper) -> None:
    courier = Courier(keeper=keeper, verifier=Unverified())
    good = await courier.look(BOT, _sources(source))
    source.trouble = CredentialsUnusable("VaultSealed", "sealed", certain=False)
    outcome = await courier.look(BOT, _sources(source))
    assert (outcome.delivery, outcome.problem) == (good.delivery, source.trouble)


async def test_what_lacks_a_needed_key_is_not_fit_for_the_pods(source: _Source, keeper: _Keeper) -> None:
    courier = Courier(keeper=keeper, verifier=Unverified())
    await courier.look(BOT, _sources(source))
    model = {"name": "main", "provider": "OpenAI", "model": "m"}
    richer = effective_bot(spec={"models": [model]})
    outcome = await courier.look(richer, _sources(source))
    assert outcome.delivery is None
    assert outcome.problem is not None


async def test_passwords_of_the_class_join_and_their_version_counts(source: _Source, keeper: _Keeper) -> None:
    redis = {"redis": {"url": "redis://r:6379/0", "passwordSecretRef": {"name": "s", "key": "pw"}}}
    bot = effective_bot(class_spec={"state": redis})
    password = _Source()
    password.values = {"pw": "first"}
    sources = Sources(own=source, passwords=(("redis-password", "pw", password),))
    courier = Courier(keeper=keeper, verifier=Unverified())
    first = await courier.look(bot, sources)
    password.version, password.values = "2", {"pw": "second"}
    second = await courier.look(bot, sources)
    assert keeper.value("redis-password") == "second"
    assert first.delivery is not None
    assert second.delivery is not None
    assert first.delivery.digest != second.delivery.digest


class _Courier:
    def __init__(self) -> None:
        self.looks, self.outcome = 0, Outcome(delivery=None)

    async def look(self, *_: object) -> Outcome:
        self.looks += 1
        return self.outcome

    def forget(self, _: object) -> None: ...


class _Factory:
    def sources(self, *_: object) -> None: ...


async def test_looks_are_made_when_due_or_when_something_else_is_asked() -> None:
    courier, now = _Courier(), [0.0]
    looks = Looks(courier=courier, factory=_Factory(), clock=lambda: now[0], jitter=lambda *_: 1.0)
    credentials = spec(credentials={"secretRef": {"name": "a"}, "refreshInterval": "1m"}).credentials
    await looks.outcome(BOT, credentials)
    assert looks.due_in(BOT.identity.key) == SOON_SECONDS  # nothing to start with: soon again
    courier.outcome = Outcome(
        delivery=Delivery(source="s", version="1", digest="d", keys=frozenset({"discord-token"}))
    )
    now[0] = SOON_SECONDS
    await looks.outcome(BOT, credentials)
    assert looks.due_in(BOT.identity.key) == 60
    await looks.outcome(BOT, credentials)
    assert courier.looks == 2
    other = spec(credentials={"secretRef": {"name": "b"}, "refreshInterval": "1m"}).credentials
    await looks.outcome(BOT, other)
    assert courier.looks == 3
    now[0] += 60
    await looks.outcome(BOT, other)
    assert courier.looks == 4


def test_values_never_show() -> None:
    values = SecretValues({"discord-token": "canary"})
    shown = [repr(values), str(values), f"{values}", repr(Hidden("canary")), str(Hidden("canary"))]
    assert not any("canary" in text for text in shown)
    assert "discord-token" in repr(values)


def test_transient_trouble_keeps_its_time() -> None:
    assert Transient("later", retry_after=3).retry_after == 3
