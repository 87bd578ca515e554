"""One bot's entry in Vault: tokens that are kept, renewed and taken away, with Vault's answers played."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from eventually import eventually
from samples import effective_bot, spec

from botpod_credentials.errors import CredentialsUnusable
from botpod_credentials.values import Hidden, SecretValues
from botpod_credentials.vault.api import Login, VaultApi
from botpod_credentials.vault.entry import Entry
from botpod_credentials.vault.wire import Wire
from botpod_operator.credentials.errands import Errands, Slow
from botpod_operator.credentials.logins import Logins
from botpod_operator.credentials.pauses import Pauses
from botpod_operator.credentials.vault import VaultSource, VaultTools
from botpod_operator.errors import NotYet

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from botpod_operator.identity import BotKey

BOT = effective_bot(
    spec={"credentials": {"vault": {"path": "bots/hello"}}},
    class_spec={"vault": {"address": "https://vault.test"}},
)
NAMES = frozenset({"token"})


class _Vault:
    """Gives numbered tokens; takes those that weren't revoked."""

    def __init__(self) -> None:
        self.logins = 0
        self.revoked: set[str] = set()
        self.renewed = 0
        self.waits: asyncio.Event | None = None
        self.limited: set[str] = set()

    async def login(self, **_: Any) -> Login:
        self.logins += 1
        return Login(token=Hidden(f"t{self.logins}"), seconds=1000, renewable=True)

    async def renew(self, *, token: Hidden) -> Login:
        self._take(token)
        self.renewed += 1
        return Login(token=token, seconds=1000, renewable=True)

    async def values(self, *, token: Hidden, **_: Any) -> SecretValues:
        if self.waits is not None:
            await self.waits.wait()
        self._take(token)
        return SecretValues({"token": f"read with {token.reveal()}"})

    def _take(self, token: Hidden) -> None:
        if token.reveal() in self.limited:
            raise CredentialsUnusable("VaultRateLimited", "enough", certain=False, retry_after=20.0)
        if token.reveal() in self.revoked:
            raise CredentialsUnusable("VaultPermissionDenied", "denied", certain=True)


class _Board:
    """Knows version 1 until it is asked afresh; then 2 too."""

    def __init__(self) -> None:
        self.fresh: list[bool] = []

    def follow(self, *_: object, **__: object) -> None:
        return None

    async def minded[T](self, _: BotKey, call: Callable[[], Awaitable[T]]) -> T:
        return await call()

    async def look(self, _: object, *, fresh: bool) -> Entry:
        self.fresh.append(fresh)
        versions = frozenset({1, 2}) if fresh else frozenset({1})
        return Entry(newest=max(versions), known=versions, readable=versions)


class _Issuer:
    async def service_account_token(self, **_: Any) -> Hidden:
        return Hidden("jwt")


class _Bench:
    def __init__(self, monkeypatch: pytest.MonkeyPatch, patience: float = 5.0) -> None:
        self.vault, self.board, self.now = _Vault(), _Board(), 0.0
        self.notified: list[BotKey] = []
        for name in ("login", "renew", "values"):
            called = getattr(self.vault, name)
            monkeypatch.setattr(VaultApi, name, lambda _, called=called, **more: called(**more))
        self.tools = VaultTools(
            issuer=_Issuer(),
            logins=Logins(clock=lambda: self.now),
            board=self.board,  # type: ignore[arg-type] # as much of one as a source needs
            errands=Errands(slow=Slow(patience=patience), notify=self.notified.append),
            pauses=Pauses(clock=lambda: self.now, jitter=lambda low, _: low),
            wire=Wire(),
            now=lambda: dt.datetime.now(dt.UTC),
        )

    def source(self, **vault: Any) -> VaultSource:
        given = spec(credentials={"vault": {"path": "bots/hello", **vault}}).credentials
        assert given.vault is not None
        assert BOT.vault is not None
        return VaultSource(
            identity=BOT.identity,
            vault=BOT.vault,
            credentials=given,
            spec=given.vault,
            tools=self.tools,
            fresh=False,
        )

    async def read(self) -> str:
        source = self.source()
        values = await source.read(await source.look(), NAMES)
        return values.reveal("token")


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> _Bench:
    return _Bench(monkeypatch)


async def test_a_token_is_kept_renewed_and_used_again(bench: _Bench) -> None:
    assert [await bench.read(), await bench.read()] == ["read with t1", "read with t1"]
    bench.now = 600.0
    assert await bench.read() == "read with t1"
    assert (bench.vault.logins, bench.vault.renewed) == (1, 1)


async def test_a_token_that_was_revoked_is_replaced_at_once(bench: _Bench) -> None:
    await bench.read()
    bench.vault.revoked.add("t1")
    assert await bench.read() == "read with t2"
    bench.now = 600.0
    bench.vault.revoked.add("t2")
    assert await bench.read() == "read with t3"


async def test_a_version_that_is_pinned_and_new_is_asked_for_before_it_is_missed(bench: _Bench) -> None:
    assert (await bench.source(version=1).look()).version == "1"
    assert (await bench.source(version=2).look()).version == "2"
    assert bench.board.fresh == [False, False, True]
    with pytest.raises(CredentialsUnusable, match="no version 3"):
        await bench.source(version=3).look()


async def test_a_look_goes_on_without_a_slow_vault_and_takes_its_answer_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = _Bench(monkeypatch, patience=0.05)
    bench.vault.waits = asyncio.Event()
    for _ in range(3):
        with pytest.raises(NotYet, match="takes longer"):
            await bench.read()
    assert bench.notified == []
    bench.vault.waits.set()
    await eventually(lambda: bench.notified)
    assert bench.notified == [BOT.identity.key]
    # Asked once for all of these looks, and not again for the one that takes it.
    assert await bench.read() == "read with t1"
    assert bench.vault.logins == 1


async def test_another_question_and_a_bot_that_is_gone_end_what_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = _Bench(monkeypatch, patience=0.05)
    bench.vault.waits = asyncio.Event()
    with pytest.raises(NotYet):
        await bench.read()
    bench.tools.errands.forget(BOT.identity.key)
    bench.vault.waits.set()
    await asyncio.sleep(0)
    assert bench.notified == []
    # It was slow when last heard of.
    with pytest.raises(NotYet, match="takes longer"):
        await bench.read()
    await eventually(lambda: bench.notified)
    assert (await bench.read()).startswith("read with")


@pytest.mark.attack("one_role_is_throttled")
async def test_a_role_that_was_told_to_wait_is_not_asked_as_until_then(bench: _Bench) -> None:
    await bench.read()
    bench.vault.limited.add("t1")
    for _ in range(3):
        with pytest.raises(CredentialsUnusable, match="enough"):
            await bench.read()
    bench.vault.limited.clear()
    with pytest.raises(CredentialsUnusable, match="enough"):
        await bench.read()
    bench.now = 21.0
    assert await bench.read() == "read with t1"


def test_a_pause_grows_where_vault_names_none_and_is_each_ones_own() -> None:
    now = 0.0
    pauses = Pauses(clock=lambda: now, jitter=lambda low, _: low)
    limited = CredentialsUnusable("VaultRateLimited", "enough", certain=False)
    ours, theirs = ("v", "jwt", "r", "team"), ("v", "jwt", "r", "other")
    for seconds in (1.0, 2.0, 4.0):
        pauses.told_to_wait(ours, limited)
        pauses.told_to_wait(ours, limited)  # another one that was on its way
        assert pauses.problem(theirs) is None
        now += seconds - 0.1
        assert pauses.problem(ours) is limited
        now += 0.2
        assert pauses.problem(ours) is None
    pauses.answered(ours)
    pauses.told_to_wait(ours, limited)
    now += 1.1
    assert pauses.problem(ours) is None
