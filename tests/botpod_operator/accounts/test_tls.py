"""Redis and PostgreSQL by TLS, with the class's CA: the operator, the trial of a login, and the bot."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from accounts import ADMIN
from databaseclients import Clients
from faulty_server import FaultyServer
from pki import server_files
from postgresql_tls import PostgresqlByTls, postgresql_tls
from redis_tcp import PASSWORD, RedisOverTcp, redis_tcp
from wiretap import tapped

from botpod.errors import Transient
from botpod_credentials.errors import CredentialsUnusable
from botpod_credentials.verify.answers import Answer

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["postgresql_tls", "redis_tcp"]

WORD = "what a person said"
REF = {"passwordSecretRef": {"name": "of-the-administrator"}}


def of_redis(server: RedisOverTcp) -> Clients:
    store = {
        "url": f"rediss://localhost:{server.tls_port}/0",
        "caBundle": server.files.ca.read_text(),
        "admin": {"user": "default", **REF},
    }
    return Clients(kind="Redis", store=store, password=PASSWORD)


def of_postgresql(server: PostgresqlByTls) -> Clients:
    store = {
        # That there is a caBundle asks for TLS by itself.
        "url": f"postgresql://localhost:{server.port}/{server.admin.name}",
        "caBundle": server.files.ca.read_text(),
        "admin": {"user": server.admin.admin, **REF},
    }
    return Clients(kind="PostgreSQL", store=store, password=ADMIN)


def by_the_systems_cas(clients: Clients) -> Clients:
    url = clients.store["url"] + ("?ssl=verify-full" if clients.kind == "PostgreSQL" else "")
    return replace(clients, store={**clients.store, "url": url, "caBundle": None})


@pytest.fixture(params=["Redis", "PostgreSQL"])
def clients(
    request: pytest.FixtureRequest, redis_tcp: RedisOverTcp, postgresql_tls: PostgresqlByTls
) -> Clients:
    return of_redis(redis_tcp) if request.param == "Redis" else of_postgresql(postgresql_tls)


@pytest.mark.parametrize("named", [True, False], ids=["in the class", "in the system"])
async def test_everybody_gets_in_where_the_ca_is_trusted(
    clients: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, named: bool
) -> None:
    if not named:
        trusted = tmp_path / "of-the-system.pem"
        trusted.write_text(clients.store["caBundle"])
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        clients = by_the_systems_cas(clients)
    await clients.make()
    finding = await clients.try_login()
    assert finding.answer is Answer.ACCEPTED, finding.message
    assert await clients.use(WORD) == WORD


@pytest.mark.parametrize("wrong", ["another CA", "the system's CAs", "another name"])
@pytest.mark.attack("false_database")
async def test_nobody_talks_to_whom_the_class_does_not_trust(
    clients: Clients, tmp_path: Path, wrong: str
) -> None:
    await clients.make()
    changes: dict[str, object] = {}
    if wrong == "another CA":
        changes = {"caBundle": server_files(tmp_path).ca.read_text()}
    elif wrong == "the system's CAs":
        clients = by_the_systems_cas(clients)
    port = int(clients.store["url"].rpartition(":")[2].partition("/")[0])
    host = "127.0.0.2" if wrong == "another name" else "127.0.0.1"
    async with tapped(lambda: asyncio.open_connection("127.0.0.1", port), host=host) as tap:
        distrustful = clients.at("localhost" if host == "127.0.0.1" else host, tap.port, **changes)
        with pytest.raises(CredentialsUnusable, match="it needs a certificate for its name by a CA trusted"):
            await distrustful.make()
        finding = await distrustful.try_login()
        assert finding.answer is Answer.UNCLEAR
        assert "certificate" in finding.message
        with pytest.raises((Transient, ssl.SSLError), match="CERTIFICATE_VERIFY_FAILED"):
            await distrustful.use(WORD)
    assert tap.said
    secret = clients.login.partition(":")[2]
    assert secret not in finding.message
    for word in (WORD, clients.password, secret):
        assert word.encode() not in tap.said


@pytest.mark.parametrize("wrong", ["another password", "no user"])
async def test_a_login_that_is_wrong_is_refused_by_tls_too(clients: Clients, wrong: str) -> None:
    await clients.make()
    user, _, secret = clients.login.partition(":")
    finding = await clients.try_login(f"{user}:another" if wrong == "another password" else secret)
    assert finding.answer is Answer.REFUSED
    assert secret not in finding.message


@pytest.mark.attack("false_database")
async def test_who_speaks_no_tls_is_told_nothing(clients: Clients) -> None:
    # PostgreSQL says so when it is asked; a Redis takes it for a command that it doesn't know.
    says = b"N" if clients.kind == "PostgreSQL" else b"-ERR unknown command\r\n"
    async with FaultyServer(says) as server:
        distrustful = clients.at("localhost", server.port)
        with pytest.raises(CredentialsUnusable):
            await distrustful.make()
        assert (await distrustful.try_login()).answer is Answer.UNCLEAR
        with pytest.raises((Transient, ConnectionError), match="SSL"):
            await distrustful.use(WORD)
        said = b"".join(server.received)
    assert said
    user, _, secret = clients.login.partition(":")
    for word in (WORD, user, secret, clients.store["admin"]["user"], clients.password):
        assert word.encode() not in said
