"""What a Vault can do to whoever asks it: nothing that lasts, nothing large, nothing to other Vaults."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
import tracemalloc
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from eventually import eventually
from slow_vault import Asked, PlayedVault, healthy, said

from botpod_credentials.errors import CredentialsUnusable
from botpod_credentials.values import Hidden
from botpod_credentials.vault.api import LONGEST_WAIT, VaultApi
from botpod_credentials.vault.wire import MOST_BYTES, MOST_VAULTS, Wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

TOKEN = Hidden("t1")
QUICK = 0.4


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    made = Wire(call_seconds=QUICK, turn_seconds=2 * QUICK, at_once=2)
    yield made
    await made.close()


def server(address: str, *, namespace: str | None = None, ca_bundle: str | None = None) -> SimpleNamespace:
    return SimpleNamespace(
        address=address, ca_bundle=ca_bundle, namespace=namespace, auth_mount="jwt", kv_mount="secret"
    )


def api(wire: Wire, url: str, *, namespace: str | None = None) -> VaultApi:
    return VaultApi(server(url, namespace=namespace), wire=wire, now=lambda: dt.datetime.now(dt.UTC))


@pytest.mark.parametrize("namespace", [None, "teams/a"])
async def test_every_request_names_the_namespace_where_there_is_one(
    wire: Wire, namespace: str | None
) -> None:
    async with PlayedVault(healthy) as vault:
        await api(wire, vault.url, namespace=namespace).metadata(token=TOKEN, path="a")
        assert [one.headers.get("x-vault-namespace") for one in vault.asked] == [namespace]


@pytest.mark.attack("dripping_vault")
async def test_a_vault_that_drips_is_cut_off_at_the_deadline_and_the_request_ends(wire: Wire) -> None:
    async with PlayedVault(healthy, drips=lambda _: True) as vault:
        begun = time.monotonic()
        with pytest.raises(CredentialsUnusable, match="didn't answer in") as found:
            await api(wire, vault.url).metadata(token=TOKEN, path="a")
        assert found.value.reason == "VaultUnreachable"
        assert time.monotonic() - begun < 2 * QUICK
        # Not only the waiting ends: the other side sees the connection go.
        await eventually(lambda: not vault.under_way)


@pytest.mark.attack("dripping_vault")
async def test_a_vault_that_hangs_uses_up_its_own_share_alone(wire: Wire) -> None:
    async with PlayedVault(healthy, drips=lambda _: True) as hanging, PlayedVault(healthy) as well:
        stuck = [
            asyncio.create_task(api(wire, hanging.url).metadata(token=TOKEN, path=str(number)))
            for number in range(40)
        ]
        await eventually(lambda: hanging.under_way == 2)
        begun = time.monotonic()
        entry = await api(wire, well.url).metadata(token=TOKEN, path="a")
        assert entry.newest == 1
        assert time.monotonic() - begun < QUICK / 2
        ended = await asyncio.gather(*stuck, return_exceptions=True)
        assert {type(one) for one in ended} == {CredentialsUnusable}
        # Two at a time, twice until whoever waits has waited long enough, and once more at that very moment.
        assert len(hanging.asked) <= 6


@pytest.mark.parametrize(
    ("answer", "reason", "part"),
    [
        (said({"data": "x" * (MOST_BYTES + 1)}), "VaultUnexpected", "KiB; make the entry smaller"),
        ((200, {}, b"[" * 100_000), "VaultUnexpected", "isn't what a Vault answers"),
        ((200, {f"X-{n}": "y" * 4000 for n in range(400)}, b"{}"), "VaultUnreachable", "can't be reached"),
        (
            said({"data": {"current_version": 10**30, "versions": {}}}),
            "VaultUnexpected",
            "isn't what a Vault",
        ),
        (said({"data": {}}, 302, Location="http://127.0.0.1:9/"), "VaultUnexpected", "302"),
        (said({"errors": ["internal error"]}, 500), "VaultUnexpected", "500"),
        (said({"errors": ["unsupported operation"]}, 405), "VaultUnexpected", "405"),
        (said({"errors": ["Vault is sealed"]}, 503), "VaultSealed", "unseal it"),
        (said({"errors": ["no"]}, 503), "VaultUnavailable", "unavailable (503)"),
        (said({}, 501), "VaultUnavailable", "isn't initialised"),
        (said({}, 502), "VaultUnavailable", "unavailable (502)"),
        (said({}, 429), "VaultRateLimited", "asked again later"),
    ],
    ids=[
        *("long", "deep", "headers", "version", "redirect", "500", "405", "sealed", "503", "501"),
        *("502", "429"),
    ],
)
async def test_every_answer_becomes_one_of_our_reasons(
    wire: Wire, answer: tuple[int, dict[str, str], bytes], reason: str, part: str
) -> None:
    async with PlayedVault(lambda _: answer) as vault:
        tracemalloc.start()
        with pytest.raises(CredentialsUnusable) as found:
            await api(wire, vault.url).metadata(token=TOKEN, path="a")
        tracemalloc.stop()
    assert (found.value.reason, found.value.certain) == (reason, False)
    assert part in str(found.value)


@pytest.mark.parametrize(
    ("given", "seconds"), [("7", 7.0), ("999999", LONGEST_WAIT), ("soon", None), ("-3", 0.0)]
)
async def test_how_long_a_vault_asks_to_wait_is_bounded(
    wire: Wire, given: str, seconds: float | None
) -> None:
    async with PlayedVault(lambda _: (429, {"Retry-After": given}, b"{}")) as vault:
        with pytest.raises(CredentialsUnusable) as found:
            await api(wire, vault.url).metadata(token=TOKEN, path="a")
    assert found.value.retry_after == seconds


async def test_a_kept_connection_that_was_closed_costs_nothing(wire: Wire) -> None:
    async with PlayedVault(healthy) as vault:
        one = api(wire, vault.url)
        await one.metadata(token=TOKEN, path="a")
        assert vault._server is not None
        vault._server.close_clients()
        assert (await one.login(role="r", jwt=Hidden("j"), who="me")).token.reveal() == "t1"


async def test_no_proxy_of_the_environment_is_asked(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    async with PlayedVault(healthy) as proxy, PlayedVault(healthy) as vault:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        await api(wire, vault.url).metadata(token=TOKEN, path="a")
        assert (len(proxy.asked), len(vault.asked)) == (0, 1)


async def test_a_ca_that_is_none_is_told(wire: Wire) -> None:
    with pytest.raises(CredentialsUnusable) as found:
        await VaultApi(
            server("https://x", ca_bundle="no PEM"), wire=wire, now=lambda: dt.datetime.now(dt.UTC)
        ).renew(token=TOKEN)
    assert found.value.reason == "VaultCaInvalid"


JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl"
CANARIES = (JWT, "t-canary-0123456789", "value-canary")


def _everywhere(asked: Asked, status: int) -> tuple[int, dict[str, str], bytes]:
    """Return an answer that repeats all it was sent in every place there is."""
    sent = " ".join((asked.body, asked.headers.get("x-vault-token", ""))).replace("\n", " ").strip()
    plain = "".join(c for c in sent if c.isprintable())
    content = {
        "errors": [plain, {plain: plain}, f"permission denied {plain}"][:: 1 if status % 2 else -1],
        plain: plain,
        "warnings": [plain],
        "data": {plain: plain, "current_version": plain, "versions": {plain: {plain: plain}}},
        "auth": {plain: plain, "client_token": [plain], "lease_duration": plain},
    }
    return said(
        content, status, **{"X-Echo": plain, "Retry-After": plain, "Warning": plain, "Location": plain}
    )


@pytest.mark.req("CL-28")
@pytest.mark.parametrize(
    "status", [200, 204, 301, 307, 400, 401, 403, 404, 405, 412, 429, 473, 500, 501, 503]
)
@pytest.mark.attack("vault_echoes")
async def test_a_vault_that_echoes_is_never_quoted(
    wire: Wire, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    async with PlayedVault(lambda asked: _everywhere(asked, status)) as vault:
        one = api(wire, vault.url)
        told = []
        for call in (
            one.login(role="r", jwt=Hidden(JWT), who="ServiceAccount team/bot-hello"),
            one.renew(token=Hidden(CANARIES[1])),
            one.metadata(token=Hidden(CANARIES[1]), path="a"),
            one.values(token=Hidden(CANARIES[1]), path="a", version=1, names=frozenset({"k"})),
        ):
            with pytest.raises(CredentialsUnusable) as found:
                await call
            told.append(f"{found.value} {found.value.reason} {found.getrepr(style='long')}")
        assert any(JWT in asked.body for asked in vault.asked)
    for canary in CANARIES:
        assert all(canary not in text.split("Traceback")[0] for text in told)
        assert canary not in caplog.text


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ('role "canary" could not be found', "no such role on this mount"),
        ("error validating token: invalid audience (aud) claim: canary", "bound to another audience"),
        ("namespace not authorized", "isn't for this ServiceAccount's namespace"),
        ("1 error occurred:\n\t* permission denied\n\n", "permission denied"),
        ("whatever canary says", "answered 400 with something unexpected; see Vault's own log"),
    ],
)
async def test_what_vault_says_at_a_login_becomes_a_sentence_of_ours(
    wire: Wire, theirs: str, ours: str
) -> None:
    async with PlayedVault(lambda _: said({"errors": [theirs]}, 400)) as vault:
        with pytest.raises(CredentialsUnusable, match=r"check the role") as found:
            await api(wire, vault.url).login(role="r", jwt=Hidden(JWT), who="me")
    assert found.value.reason == "VaultLoginDenied"
    assert ours in str(found.value)
    assert "canary" not in str(found.value)


async def test_many_vaults_take_no_more_memory_than_a_few(wire: Wire) -> None:
    async with PlayedVault(healthy) as vault:
        await api(wire, vault.url).metadata(token=TOKEN, path="a")
        for number in range(MOST_VAULTS + 1):
            with pytest.raises(CredentialsUnusable):
                await api(wire, f"http://127.0.0.1:1/{number}").metadata(token=TOKEN, path="a")
        # The first one's settings went; they are made anew.
        await api(wire, vault.url).metadata(token=TOKEN, path="a")
