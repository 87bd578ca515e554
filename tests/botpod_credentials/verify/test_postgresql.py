"""Passwords at a real PostgreSQL that asks for them by SCRAM, and at what is none."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import asyncpg  # type: ignore[import-untyped]
import pytest
from examining import ask
from faulty_server import FaultyServer
from pki import server_files
from postgresql import PASSWORD, USER, PostgresqlServer

from botpod_credentials.verify.answers import Answer
from botpod_credentials.verify.pgtarget import read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from botpod_credentials.verify.examiner import Examiner


async def test_a_password_is_accepted_or_refused(examiner: Examiner, postgresql_url: str) -> None:
    found = await ask(examiner, "PostgreSQL", PASSWORD, postgresql=postgresql_url)
    assert found.answer is Answer.ACCEPTED
    found = await ask(examiner, "PostgreSQL", "another", postgresql=postgresql_url)
    assert found.answer is Answer.REFUSED
    assert "28P01" in found.message
    assert "spec.state.postgresql.url" in found.message


async def test_it_leaves_no_connection_behind(
    examiner: Examiner, postgresql_server: PostgresqlServer, postgresql_url: str
) -> None:
    await ask(examiner, "PostgreSQL", PASSWORD, postgresql=postgresql_url)
    count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'botpod-operator'"
    assert postgresql_server.sql(count).strip() == "0"


async def test_a_role_nobody_knows_is_refused(examiner: Examiner, postgresql_url: str) -> None:
    url = postgresql_url.replace(USER, "nobody", 1)
    assert (await ask(examiner, "PostgreSQL", PASSWORD, postgresql=url)).answer is Answer.REFUSED


async def test_a_right_password_for_a_database_that_is_not_there(
    examiner: Examiner, postgresql_server: PostgresqlServer
) -> None:
    url = postgresql_server.url("missing")
    found = await ask(examiner, "PostgreSQL", PASSWORD, postgresql=url)
    assert (found.answer, "3D000" in found.message) == (Answer.ACCEPTED, True)
    assert (await ask(examiner, "PostgreSQL", "another", postgresql=url)).answer is Answer.REFUSED


async def test_a_role_that_may_not_log_in_is_unclear(
    examiner: Examiner, postgresql_server: PostgresqlServer, postgresql_url: str
) -> None:
    postgresql_server.sql("CREATE ROLE nologin NOLOGIN PASSWORD 'pw'")
    url = postgresql_url.replace(USER, "nologin", 1)
    found = await ask(examiner, "PostgreSQL", "pw", postgresql=url)
    postgresql_server.sql("DROP ROLE nologin")
    assert (found.answer, "28000" in found.message) == (Answer.UNCLEAR, True)


def _error(state: bytes, text: bytes = b"no") -> bytes:
    fields = b"SFATAL\x00VFATAL\x00C" + state + b"\x00M" + text + b"\x00\x00"
    return b"E" + (len(fields) + 4).to_bytes(4) + fields


@pytest.mark.parametrize(
    "answers",
    [
        (b"",),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n",),
        (b"SSH-2.0-OpenSSH_9.9\r\n",),
        (b"\x00\xff" * 4000,),  # which the library would read for ever
        (b"N", _error(b"57P03")),
        (b"N", _error(b"53300")),
        (b"N", _error(b"28000")),
        (b"N", _error(b"08P01")),
        (b"N", _error(b"28P01")[:-9]),
        (b"N", b"R\x00\x00\x00\x08\x00\x00\x00\x63"),
        (b"N", b""),
        (b"S", b"no TLS"),
    ],
)
async def test_what_says_nothing_of_the_password(examiner: Examiner, answers: tuple[bytes, ...]) -> None:
    async with FaultyServer(*answers) as server:
        url = f"postgresql+asyncpg://u@127.0.0.1:{server.port}/db?ssl=disable"
        found = await ask(examiner, "PostgreSQL", "p", postgresql=url)
    assert found.answer is Answer.UNCLEAR


async def test_an_error_that_refuses(examiner: Examiner) -> None:
    async with FaultyServer(b"N", _error(b"28P01")) as server:
        url = f"postgresql+asyncpg://u@127.0.0.1:{server.port}/db?ssl=disable"
        assert (await ask(examiner, "PostgreSQL", "p", postgresql=url)).answer is Answer.REFUSED


async def test_silence_and_absence(make_examiner: Callable[..., Examiner]) -> None:
    examiner = make_examiner()
    async with FaultyServer(hold=True) as server:
        url = f"postgresql+asyncpg://u@127.0.0.1:{server.port}/db"
        found = await ask(make_examiner(question_seconds=0.2), "PostgreSQL", "p", postgresql=url)
        assert (found.answer, "0.2 s" in found.message) == (Answer.UNCLEAR, True)
    found = await ask(examiner, "PostgreSQL", "p", postgresql=url)
    assert (found.answer, "can't be reached" in found.message) == (Answer.UNCLEAR, True)
    for unreadable in ("postgresql+asyncpg:///db", "postgresql://h:99999999/db", "postgresql://[::/db"):
        assert (await ask(examiner, "PostgreSQL", "p", postgresql=unreadable)).answer is Answer.UNCLEAR


async def test_a_server_without_tls_gets_nothing_where_the_class_wants_it(examiner: Examiner) -> None:
    async with FaultyServer(b"N") as server:
        url = f"postgresql+asyncpg://u@127.0.0.1:{server.port}/db?ssl=verify-full"
        found = await ask(examiner, "PostgreSQL", "p", postgresql=url)
        assert found.answer is Answer.UNCLEAR
        # Only the question whether it speaks TLS.
        assert {len(piece) for piece in server.received} == {8}


def test_nothing_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"PGHOST": "elsewhere", "PGPORT": "1", "PGUSER": "u", "PGSSLMODE": "disable"}.items():
        monkeypatch.setenv(name, value)
    assert read("postgresql+asyncpg:///db").servers == ()
    assert read("postgresql+asyncpg://h/db").user == ""
    found = read("postgresql+asyncpg://m%40n@h")
    assert (found.servers, found.user, found.database, found.mode) == ((("h", 5432),), "m@n", "m@n", "prefer")


@pytest.mark.parametrize(
    ("url", "servers"),
    [
        ("postgresql+asyncpg://u@h:6000/db", (("h", 6000),)),
        ("postgresql+asyncpg://u@[::1]:6000/db", (("::1", 6000),)),
        ("postgresql+asyncpg://u@a:1,b/db", (("a", 1), ("b", 5432))),
        ("postgresql+asyncpg://u@/db?host=/run/pg", (("/run/pg", 5432),)),
        ("postgresql+asyncpg://u@/db?host=a,b&port=1,2", (("a", 1), ("b", 2))),
    ],
)
def test_every_form_of_a_host_is_read(url: str, servers: tuple[tuple[str, int], ...]) -> None:
    assert read(url).servers == servers


def test_what_the_class_wants_verified_is_verified_with_what_is_trusted(tmp_path: Path) -> None:
    context = ssl.create_default_context(cafile=str(server_files(tmp_path).ca))
    for mode in ("verify-full", "verify-ca"):
        target = read(f"postgresql+asyncpg://u@h/db?ssl={mode}")
        assert target.arguments(lambda: context)["ssl"] is context
    assert read("postgresql+asyncpg://u@h/db?ssl=require").arguments(lambda: context)["ssl"] == "require"


@pytest.mark.parametrize("url", ["postgresql://me@a b:x/db", "postgresql://me@h:1:2/db"])
def test_a_host_that_can_not_be_one_is_refused_as_a_url(url: str) -> None:
    with pytest.raises(ValueError, match="unreadable host"):
        read(url)


async def test_a_connection_that_can_not_say_goodbye_is_cut(
    examiner: Examiner, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[str] = []
    terminate = asyncpg.Connection.terminate

    async def hang(_: asyncpg.Connection, *, timeout: float) -> None:  # noqa: ASYNC109 - asyncpg's own shape
        raise TimeoutError(timeout)

    def cut(connection: asyncpg.Connection) -> None:
        ended.append("cut")
        terminate(connection)

    monkeypatch.setattr(asyncpg.Connection, "close", hang)
    monkeypatch.setattr(asyncpg.Connection, "terminate", cut)
    found = await ask(examiner, "PostgreSQL", PASSWORD, postgresql=postgresql_url)
    assert (found.answer, ended) == (Answer.ACCEPTED, ["cut"])


async def test_a_class_without_postgresql(examiner: Examiner) -> None:
    assert (await ask(examiner, "PostgreSQL", "p")).answer is Answer.UNVERIFIABLE
