"""One bot tries everything on what another one keeps in PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg  # type: ignore[import-untyped]
import pytest
from accounts import ADMIN, ALICE, BOB, as_admin, login
from eventually import eventually

from botpod.storage.database import Database
from botpod.storage.kept import Kept, KeptThings
from botpod_credentials.errors import CredentialsUnusable
from botpod_credentials.values import Hidden
from botpod_operator.accounts.postgresql import LEFTOVERS_SECONDS, PostgresqlMaker

if TYPE_CHECKING:
    from accounts import AdminPostgresql

    from botpod_operator.accounts.names import Login

pytestmark = pytest.mark.req("CP-13", "AU-07")

A, B = login(ALICE), login(BOB)
DENIED = (
    asyncpg.InsufficientPrivilegeError,
    asyncpg.UndefinedObjectError,
    # A schema that one may not use is as if it were empty.
    asyncpg.UndefinedTableError,
)
ATTACKS = [
    f"SELECT * FROM {A.account}.kept",
    f"INSERT INTO {A.account}.kept VALUES ('payments/alice', 'k', 'n', 'forged', 1)",
    f"UPDATE {A.account}.kept SET value = 'forged'",
    f"DELETE FROM {A.account}.kept",
    f"TRUNCATE {A.account}.kept",
    f"DROP SCHEMA {A.account} CASCADE",
    f"BEGIN; LOCK TABLE {A.account}.kept",
    f"CREATE TABLE {A.account}.mine (a int)",
    f"SET search_path = {A.account}; SELECT * FROM kept",
    f"SET ROLE {A.account}",
    f"SET ROLE {A.name}",
    f"RESET ROLE; SET ROLE {A.account}",
    f"SET ROLE NONE; SET ROLE {A.account}",
    f"SET SESSION AUTHORIZATION {A.name}",
    f"GRANT {A.account} TO {B.account}",
    f"ALTER ROLE {A.name} PASSWORD 'mine'",
    f"ALTER ROLE {A.name} NOLOGIN",
    f"DROP ROLE {A.name}",
    "CREATE ROLE more LOGIN SUPERUSER",
    "CREATE DATABASE more",
    "CREATE SCHEMA more",
    "CREATE TABLE public.mine (a int)",
    "SELECT * FROM public.kept",
    "INSERT INTO public.kept VALUES ('payments/alice', 'k', 'n', 'forged', 1)",
    "SELECT rolpassword FROM pg_authid",
    "SELECT * FROM pg_shadow",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT lo_import('/etc/passwd')",
    "COPY (SELECT 1) TO PROGRAM 'id'",
    "COPY (SELECT 1) TO '/tmp/x'",
    "CREATE EXTENSION dblink",
    "CREATE EXTENSION postgres_fdw",
    "CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'x', 'y'",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '" + A.name + "'",
    "ALTER SYSTEM SET log_statement = 'all'",
    "SELECT pg_reload_conf()",
    "SELECT lo_get({large})",
    "SELECT lo_unlink({large})",
    "COMMENT ON SCHEMA " + A.account + " IS 'moved'",
]


async def bot_database(postgresql: AdminPostgresql, login: Login) -> Database:
    database = Database(
        postgresql.bot_url, password=lambda: f"{login.name}:{login.password.reveal()}", logins=True
    )
    await database.start()
    assert database.problem is None
    return database


@pytest.fixture
async def shared_tables(admin_postgresql: AdminPostgresql) -> None:
    """The tables that all bots shared, made by the bots' own migrations; the administrator was their role."""
    database = Database(admin_postgresql.admin_url, password=lambda: ADMIN)
    await database.start()
    assert database.problem is None
    await database.close()


def put(postgresql: AdminPostgresql, bot: str, name: str, *, at: int) -> None:
    postgresql.sql(f"INSERT INTO public.kept VALUES ('{bot}', 'k', '{name}', 'of before', {at})")


@pytest.mark.usefixtures("shared_tables")
@pytest.mark.attack("foreign_rows", "database_administration")
async def test_a_bot_gets_nothing_of_anothers(admin_postgresql: AdminPostgresql) -> None:
    maker, server = PostgresqlMaker(), admin_postgresql.as_class
    for one in (A, B):
        await maker.make(server, as_admin(), one, connections=20)
        await (await bot_database(admin_postgresql, one)).close()
    alice = await admin_postgresql.connect(A)
    large = await alice.fetchval("SELECT lo_from_bytea(0, 'a secret')")
    await alice.execute("INSERT INTO kept VALUES ('payments/alice', 'k', 'n', 'a secret', 1)")
    crossed = []
    for statement in ATTACKS:
        bob = await admin_postgresql.connect(B)
        try:
            crossed.append((statement, await bob.execute(statement.format(large=large))))
        except DENIED:
            continue
        except asyncpg.PostgresError as error:
            crossed.append((statement, f"{error.sqlstate} {error}"))
        finally:
            await bob.close()
    assert crossed == []
    assert await alice.fetchval("SELECT value FROM kept") == "a secret"
    await alice.fetchval("SELECT 'a secret of hers'")
    bob = await admin_postgresql.connect(B)
    seen = await bob.fetch("SELECT query FROM pg_stat_activity")
    assert not [row for row in seen if "of hers" in (row["query"] or "")]
    await bob.close()
    await alice.close()


@pytest.mark.usefixtures("shared_tables")
async def test_with_the_password_that_all_bots_shared_each_gets_everything(
    admin_postgresql: AdminPostgresql,
) -> None:
    """What accounts end, and ``Isolated=False`` tells of: the attacks are ones that succeed."""
    put(admin_postgresql, "payments/alice", "hers", at=100)
    bob = await asyncpg.connect(
        host=str(admin_postgresql.server.directory),
        user=admin_postgresql.admin,
        password=ADMIN,
        database=admin_postgresql.name,
    )
    assert await bob.fetchval("SELECT value FROM kept WHERE bot = 'payments/alice'") == "of before"
    for attack in (
        "INSERT INTO kept VALUES ('payments/alice', 'k', 'n', 'forged', 1)",
        "UPDATE kept SET value = 'forged'",
        "DELETE FROM kept",
        "DROP TABLE kept",
        "CREATE SCHEMA more",
        "CREATE ROLE more LOGIN",
        "DROP ROLE more",
    ):
        await bob.execute(attack)
    await bob.close()


async def test_a_whole_bot_works_on_its_own_account(admin_postgresql: AdminPostgresql) -> None:
    await PostgresqlMaker().make(admin_postgresql.as_class, as_admin(), B, connections=20)
    database = await bot_database(admin_postgresql, B)
    kept = KeptThings(database, bot=str(BOB))
    await kept.change(keep=[Kept(kind="k", name="n", value="v")])
    assert [one.value for one in await kept.all("k")] == ["v"]
    await database.close()
    owners = admin_postgresql.sql(
        f"SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = '{B.account}'"
    )
    assert owners.split() == [B.account]


@pytest.mark.usefixtures("shared_tables")
async def test_what_a_bot_kept_in_the_shared_tables_comes_along(admin_postgresql: AdminPostgresql) -> None:
    put(admin_postgresql, "games/bob", "mine", at=100)
    put(admin_postgresql, "payments/alice", "hers", at=100)
    now = 1_000_000.0
    maker = PostgresqlMaker(now=lambda: now)
    await maker.make(admin_postgresql.as_class, as_admin(), B, connections=20)
    database = await bot_database(admin_postgresql, B)
    kept = KeptThings(database, bot=str(BOB))
    assert [one.name for one in await kept.all("k")] == ["mine"]

    # The new pods forget it; an old one, still running, notes something more.
    await kept.change(drop=[Kept(kind="k", name="mine")])
    put(admin_postgresql, "games/bob", "late", at=int(now) + 5)
    now += LEFTOVERS_SECONDS + 1
    await maker.make(admin_postgresql.as_class, as_admin(), B, connections=20)

    assert [one.name for one in await kept.all("k")] == ["late"]
    assert admin_postgresql.sql("SELECT bot FROM public.kept").split() == ["payments/alice"]
    indexes = admin_postgresql.sql(f"SELECT indexname FROM pg_indexes WHERE schemaname = '{B.account}'")
    names = {"alembic_version_pkc", "kept_by_age", "kept_pkey", "turns_by_age", "turns_pkey"}
    assert set(indexes.split()) == names
    await database.close()


@pytest.mark.attack("database_administration")
async def test_tables_that_would_run_code_as_the_administrator_are_left_alone(
    admin_postgresql: AdminPostgresql,
) -> None:
    admin_postgresql.sql(
        "CREATE FUNCTION public.bad(text) RETURNS bool LANGUAGE sql AS 'SELECT true'; "
        "CREATE DOMAIN public.text AS text CHECK (public.bad(VALUE)); "
        "CREATE TABLE public.kept (bot public.text PRIMARY KEY)"
    )
    with pytest.raises(CredentialsUnusable) as told:
        await PostgresqlMaker().make(admin_postgresql.as_class, as_admin(), B, connections=20)
    assert "look at them" in str(told.value)


async def test_an_old_login_ends_with_its_connections_and_what_is_kept_stays(
    admin_postgresql: AdminPostgresql,
) -> None:
    maker, server = PostgresqlMaker(), admin_postgresql.as_class
    new = login(BOB, rotate="leaked")
    for one in (B, new):
        await maker.make(server, as_admin(), one, connections=20)
    database = await bot_database(admin_postgresql, B)
    await KeptThings(database, bot=str(BOB)).change(keep=[Kept(kind="k", name="n", value="v")])
    thief = await admin_postgresql.connect(B)
    assert await maker.logins(server, as_admin()) >= {B.name, new.name}

    await maker.drop(server, as_admin(), frozenset({B.name}))

    await eventually(thief.is_closed)
    with pytest.raises(asyncpg.InvalidPasswordError):
        await admin_postgresql.connect(B)
    bob = await admin_postgresql.connect(new)
    assert await bob.fetchval("SELECT value FROM kept") == "v"
    await bob.close()
    await database.close()


async def test_an_administrator_that_is_refused_is_told_without_its_password(
    admin_postgresql: AdminPostgresql,
) -> None:
    with pytest.raises(CredentialsUnusable) as refused:
        await PostgresqlMaker().make(admin_postgresql.as_class, Hidden("wrong one"), B, connections=20)
    assert refused.value.reason == "AccountAdminRefused"
    assert 'Secret "postgresql-admin"' in str(refused.value)
    assert "wrong one" not in str(refused.value)


@pytest.mark.attack("foreign_rows")
async def test_a_bot_that_locks_its_tables_holds_up_itself_only(admin_postgresql: AdminPostgresql) -> None:
    maker, server = PostgresqlMaker(), admin_postgresql.as_class
    await maker.make(server, as_admin(), B, connections=20)
    bob = await admin_postgresql.connect(B)
    transaction = bob.transaction()
    await transaction.start()
    await bob.execute("SET ROLE NONE")
    await bob.execute(f"ALTER ROLE {B.name} PASSWORD 'mine'")
    with pytest.raises(CredentialsUnusable) as told:
        await maker.make(server, as_admin(), B, connections=20)
    assert told.value.reason == "AccountNotMade"
    await maker.make(server, as_admin(), A, connections=20)
    await transaction.rollback()
    await bob.close()
