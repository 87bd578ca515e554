"""The courier with sources of the test's own: when a value is read, tried, delivered, and what if not."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest
from samples import effective_bot

from botpod_credentials.errors import CredentialsUnusable
from botpod_credentials.values import SecretValues
from botpod_credentials.verify.answers import Answer, Finding
from botpod_operator.credentials.courier import Courier, Sources
from botpod_operator.credentials.delivery import Delivery, Known, Outcome
from botpod_operator.credentials.patience import CERTAIN_FIRST, UNCLEAR_FIRST, Patience
from botpod_operator.credentials.port import Found
from botpod_operator.desired.secret import delivery_in
from botpod_operator.errors import Transient

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


class _Services:
    """What the services say of each value, and how often they were asked."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.fresh: list[bool] = []
        self.application = "1001"

    async def examine(self, *, keys: Any, addresses: object, values: SecretValues, fresh: bool) -> Any:
        assert addresses == BOT.addresses
        self.asked += [values.reveal(key.name) for key in keys]
        self.fresh.append(fresh)
        return tuple(
            Finding(
                key=key.name,
                kind=key.kind,
                answer=self.answers.get(values.reveal(key.name), Answer.ACCEPTED),
                message="Discord said so",
                application_id=self.application if key.kind == "DiscordToken" else None,
            )
            for key in keys
        )


class _Bench:
    """A courier with everything around it."""

    def __init__(self) -> None:
        self.source, self.keeper, self.services = _Source(), _Keeper(), _Services()
        self.now = 1000.0
        self.known = Known()
        self.rotate: str | None = None
        self.restart()

    def restart(self) -> None:
        """Another process takes over."""
        patience = Patience(clock=lambda: self.now)
        self.courier = Courier(keeper=self.keeper, verifier=self.services, patience=patience)

    async def look(self, effective: Any = None, *passwords: Any) -> Outcome:
        sources = Sources(own=self.source, passwords=passwords, rotate=self.rotate)
        outcome = await self.courier.look(effective or BOT, sources, self.known)
        verdict = outcome.delivery.verdict if outcome.delivery else None
        self.known = Known(
            application_id=(verdict.application_id if verdict else None) or self.known.application_id,
            refusal=outcome.refusal,
        )
        return outcome

    def write(self, version: str, **values: str) -> None:
        self.source.version = version
        self.source.values = {name.replace("_", "-"): value for name, value in values.items()}


@pytest.fixture
def bench() -> _Bench:
    return _Bench()


async def test_a_value_is_read_and_tried_once_per_version(bench: _Bench) -> None:
    for _ in range(3):
        outcome = await bench.look()
    assert outcome.delivery is not None
    assert outcome.delivery.verdict is not None
    assert outcome.delivery.verdict.verified
    assert (bench.source.reads, bench.keeper.writes, bench.services.asked) == (1, 1, ["secret-1"])
    bench.write("2", discord_token="secret-2")
    outcome = await bench.look()
    assert outcome.delivery is not None
    assert (outcome.delivery.version, bench.keeper.value("discord-token")) == ("2", "secret-2")
    assert bench.services.asked == ["secret-1", "secret-2"]


async def test_another_process_reads_nothing_and_knows_the_verdict(bench: _Bench) -> None:
    first = await bench.look()
    bench.restart()
    second = await bench.look()
    assert (bench.source.reads, bench.keeper.writes, len(bench.services.asked)) == (1, 1, 1)
    assert second == first


async def test_a_version_that_lacks_a_key_is_read_once(bench: _Bench) -> None:
    await bench.look()
    bench.write("2")
    for _ in range(3):
        outcome = await bench.look()
        assert outcome.problem is not None
        assert outcome.problem.reason == "KeyMissing"
        assert outcome.delivery is not None
        assert outcome.delivery.version == "1"
    assert (bench.source.reads, bench.keeper.value("discord-token")) == (2, "secret-1")
    bench.write("3", discord_token="secret-3")
    assert (await bench.look()).problem is None


async def test_a_refused_credential_never_replaces_a_good_one(bench: _Bench) -> None:
    await bench.look()
    bench.write("2", discord_token="secret-2")
    bench.services.answers["secret-2"] = Answer.REFUSED
    for _ in range(5):
        outcome = await bench.look()
    assert bench.keeper.value("discord-token") == "secret-1"
    assert outcome.problem is not None
    assert (outcome.problem.reason, outcome.problem.certain) == ("CredentialRefused", True)
    assert str(outcome.problem) == "version 2 is refused: discord-token: Discord said so."
    assert outcome.delivery is not None
    assert outcome.delivery.version == "1"
    assert bench.services.asked == ["secret-1", "secret-2"]


async def test_what_was_refused_is_asked_again_at_once_when_the_owner_edits_what_is_asked_for(
    bench: _Bench,
) -> None:
    bench.known = Known(application_id="2002")
    refused = await bench.look()
    assert refused.refusal is not None
    assert refused.refusal.reason == "OtherApplication"
    for _ in range(2):
        assert (await bench.look()).refusal == refused.refusal
    bench.courier.edited(BOT.identity.key)
    outcome = await bench.look(replace(BOT, application_id=bench.services.application))
    assert (outcome.problem, bench.services.asked) == (None, ["secret-1", "secret-1"])


async def test_a_refusal_is_asked_again_with_back_off_and_survives_a_restart(bench: _Bench) -> None:
    await bench.look()
    bench.write("2", discord_token="secret-2")
    bench.services.answers["secret-2"] = Answer.REFUSED
    await bench.look()
    asked = []
    for _ in range(40):
        bench.now += CERTAIN_FIRST / 2
        await bench.look()
        asked.append(bench.services.asked.count("secret-2"))
    assert asked[:7] == [1, 2, 2, 2, 2, 3, 3]
    assert asked[-1] == 5
    bench.restart()
    outcome = await bench.look()
    assert outcome.refusal is not None
    assert bench.services.asked.count("secret-2") == 5
    bench.services.answers.clear()
    bench.now += CERTAIN_FIRST
    assert (await bench.look()).problem is None
    assert bench.keeper.value("discord-token") == "secret-2"


async def test_what_is_refused_at_first_is_not_delivered(bench: _Bench) -> None:
    bench.services.answers["secret-1"] = Answer.REFUSED
    outcome = await bench.look()
    assert outcome.delivery is None
    assert bench.keeper.secret is None


async def test_what_can_not_be_told_waits_behind_a_good_one(bench: _Bench) -> None:
    await bench.look()
    bench.write("2", discord_token="secret-2")
    bench.services.answers["secret-2"] = Answer.UNCLEAR
    outcome = await bench.look()
    assert outcome.problem is not None
    assert (outcome.problem.reason, outcome.problem.certain) == ("VerificationPending", False)
    assert bench.keeper.value("discord-token") == "secret-1"
    bench.services.answers.clear()
    await bench.look()
    assert bench.keeper.value("discord-token") == "secret-1"
    bench.now += UNCLEAR_FIRST
    assert (await bench.look()).problem is None
    assert bench.keeper.value("discord-token") == "secret-2"


async def test_without_a_good_one_it_is_delivered_and_tried_again(bench: _Bench) -> None:
    bench.services.answers["secret-1"] = Answer.UNCLEAR
    for _ in range(3):
        outcome = await bench.look()
        assert outcome.problem is None
        assert outcome.delivery is not None
        assert outcome.delivery.verdict is not None
        assert not outcome.delivery.verdict.verified
    assert len(bench.services.asked) == bench.keeper.writes == 1
    bench.now += UNCLEAR_FIRST
    await bench.look()
    assert (len(bench.services.asked), bench.keeper.writes) == (2, 1)
    bench.restart()
    bench.services.answers.clear()
    outcome = await bench.look()
    assert outcome.delivery is not None
    assert outcome.delivery.verdict is not None
    assert outcome.delivery.verdict.verified
    assert bench.keeper.writes == 2


async def test_what_is_in_place_and_refused_stays_and_is_said(bench: _Bench) -> None:
    bench.services.answers["secret-1"] = Answer.UNCLEAR
    await bench.look()
    bench.services.answers["secret-1"] = Answer.REFUSED
    bench.now += UNCLEAR_FIRST
    outcome = await bench.look()
    assert outcome.problem is not None
    assert outcome.delivery is not None
    assert outcome.refusal is not None
    assert outcome.refusal.digest == outcome.delivery.digest
    assert bench.keeper.value("discord-token") == "secret-1"


async def test_the_token_of_another_application_is_refused(bench: _Bench) -> None:
    await bench.look()
    bench.services.application = "2002"
    bench.write("2", discord_token="secret-2")
    outcome = await bench.look()
    assert outcome.problem is not None
    assert outcome.problem.reason == "OtherApplication"
    assert "application 2002, but this bot is application 1001" in str(outcome.problem)
    assert bench.keeper.value("discord-token") == "secret-1"


async def test_a_request_to_rotate_brings_the_same_version_again_freshly_tried(bench: _Bench) -> None:
    first = await bench.look()
    bench.rotate = "today"
    for _ in range(2):
        second = await bench.look()
    assert first.delivery is not None
    assert second.delivery is not None
    assert second.delivery.digest != first.delivery.digest
    assert (second.delivery.version, second.delivery.rotate) == ("1", "today")
    assert (bench.source.reads, bench.keeper.writes, bench.services.fresh) == (2, 2, [False, True])


async def test_where_the_class_says_so_nobody_is_asked(bench: _Bench) -> None:
    off = effective_bot(class_spec={"verifyCredentials": False})
    outcome = await bench.look(off)
    assert outcome.delivery is not None
    assert outcome.delivery.verdict is not None
    assert outcome.delivery.verdict.reason == "VerificationOff"
    assert bench.services.asked == []
    # Switched on later, what is in place is tried.
    await bench.look()
    assert bench.services.asked == ["secret-1"]


async def test_a_source_that_is_away_leaves_what_there_is(bench: _Bench) -> None:
    good = await bench.look()
    bench.source.trouble = CredentialsUnusable("VaultSealed", "sealed", certain=False)
    outcome = await bench.look()
    assert (outcome.delivery, outcome.problem) == (good.delivery, bench.source.trouble)


async def test_what_lacks_a_needed_key_is_not_fit_for_the_pods(bench: _Bench) -> None:
    await bench.look()
    richer = effective_bot(spec={"models": [{"name": "main", "provider": "OpenAI", "model": "m"}]})
    outcome = await bench.look(richer)
    assert outcome.delivery is None
    assert outcome.problem is not None


async def test_passwords_of_the_class_join_and_their_version_counts(bench: _Bench) -> None:
    redis = {"redis": {"url": "redis://r:6379/0", "passwordSecretRef": {"name": "s", "key": "pw"}}}
    bot = effective_bot(class_spec={"state": redis, "verifyCredentials": False})
    password = _Source()
    password.values = {"pw": "first"}
    first = await bench.look(bot, ("redis-password", "pw", password))
    password.version, password.values = "2", {"pw": "second"}
    second = await bench.look(bot, ("redis-password", "pw", password))
    assert bench.keeper.value("redis-password") == "second"
    assert first.delivery is not None
    assert second.delivery is not None
    assert first.delivery.digest != second.delivery.digest


async def test_what_may_work_at_once_is_tried_again_before_anybody_is_told(bench: _Bench) -> None:
    passing = Transient("the API server had no token", retry_after=2.0)
    bench.source.trouble = CredentialsUnusable("TokenUnavailable", "no token", certain=False, passing=passing)
    with pytest.raises(Transient) as raised:
        await bench.look()
    assert raised.value is passing
    assert (await bench.look()).problem is bench.source.trouble
    bench.source.trouble = None
    assert (await bench.look()).problem is None
    bench.source.trouble = CredentialsUnusable("TokenUnavailable", "none", certain=False, passing=passing)
    with pytest.raises(Transient):
        await bench.look()
