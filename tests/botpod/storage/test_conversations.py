"""Memory, on the two databases it is kept in."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
import stat
import subprocess
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from postgresql import PASSWORD

from botpod.errors import Rejected, Transient
from botpod.events import Place
from botpod.skills.protocol import Turn
from botpod.storage.conversations import Retention, SqlConversations
from botpod.storage.database import Database
from botpod.storage.engine import engine_for
from botpod.storage.migrate import HEAD, MIGRATIONS
from botpod.storage.tables import METADATA

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from postgresql import PostgresqlServer

CHANNEL = Place(channel_id=1 << 62, guild_id=7)
OTHER = Place(channel_id=3)
ASKED = Turn(role="user", content="What is a pod?", author="Ada")
ANSWERED = Turn(role="assistant", content="A group of containers. \U0001f433")


def password() -> str:
    return PASSWORD


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'state' / 'botpod.db'}"
    found: str = request.getfixturevalue("postgresql_url")
    return found


@asynccontextmanager
async def opened(url: str, **more: Any) -> AsyncIterator[Database]:
    database = Database(url, **{"password": password, "retry": 0.05, **more})
    await database.start()
    try:
        yield database
    finally:
        await database.close()


@pytest.mark.partly("CL-05", lacks="no page shows an admin what was said")
async def test_what_was_said_is_there_after_a_restart(url: str) -> None:
    async with opened(url) as database:
        conversations = SqlConversations(database, bot="default/hello")
        assert await conversations.recent(CHANNEL, limit=10) == ()
        await conversations.add(CHANNEL, 100, (ASKED, ANSWERED))
    async with opened(url) as database:
        conversations = SqlConversations(database, bot="default/hello")
        assert await conversations.recent(CHANNEL, limit=10) == (ASKED, ANSWERED)


async def test_the_newest_turns_come_oldest_first_whatever_was_remembered_first(url: str) -> None:
    async with opened(url) as database:
        conversations = SqlConversations(database, bot="default/hello")
        for event in (300, 100, 200):
            turns = (Turn(role="user", content=f"q{event}"), Turn(role="assistant", content=f"a{event}"))
            await conversations.add(CHANNEL, event, turns)
        recent = await conversations.recent(CHANNEL, limit=3)
    assert [turn.content for turn in recent] == ["a200", "q300", "a300"]


async def test_conversations_and_bots_are_kept_apart(url: str) -> None:
    async with opened(url) as database:
        hello = SqlConversations(database, bot="default/hello")
        other = SqlConversations(database, bot="default/other")
        await hello.add(CHANNEL, 1, (ASKED,))
        assert await hello.recent(OTHER, limit=10) == ()
        assert await other.recent(CHANNEL, limit=10) == ()
        await other.add(CHANNEL, 1, (ANSWERED,))
        assert await hello.forget(CHANNEL) == 1
        assert await other.recent(CHANNEL, limit=10) == (ANSWERED,)


async def test_adding_an_event_again_changes_nothing_even_at_the_same_time(url: str) -> None:
    async with opened(url) as one, opened(url) as two:
        first, second = (SqlConversations(database, bot="default/hello") for database in (one, two))
        longer = (ASKED, ANSWERED, Turn(role="assistant", content="and more"))
        await asyncio.gather(*(store.add(CHANNEL, 5, (ASKED, ANSWERED)) for store in (first, second) * 5))
        await first.add(CHANNEL, 5, longer)
        assert await second.recent(CHANNEL, limit=10) == (ASKED, ANSWERED)


async def test_only_the_newest_and_youngest_are_kept(url: str) -> None:
    now = 1_000_000_000.0
    async with opened(url) as database:
        conversations = SqlConversations(
            database, bot="default/hello", retention=Retention(turns=4, days=2), clock=lambda: now
        )
        for event in range(10):
            await conversations.add(CHANNEL, event, (ASKED, ANSWERED))
        assert len(await conversations.recent(CHANNEL, limit=100)) == 4
        now += 86_400 * 2
        assert await conversations.recent(CHANNEL, limit=100) == ()
        await conversations.add(CHANNEL, 11, (ASKED,))
        # An event's turns go together, so that no answer is left without its question.
        assert await conversations.forget_old() == 4
        assert await conversations.recent(CHANNEL, limit=100) == (ASKED,)


async def test_what_sql_cannot_hold_is_left_out(url: str) -> None:
    async with opened(url) as database:
        conversations = SqlConversations(database, bot="default/hello")
        await conversations.add(CHANNEL, 1, (Turn(role="user", content="a\0b'; DROP TABLE turns; --"),))
        (turn,) = await conversations.recent(CHANNEL, limit=1)
    assert turn.content == "ab'; DROP TABLE turns; --"


async def test_half_a_surrogate_pair_is_no_trouble_of_the_database(url: str) -> None:
    async with opened(url) as database:
        conversations = SqlConversations(database, bot="default/hello")
        await conversations.add(CHANNEL, 1, (Turn(role="assistant", content="so \ud83d"),))
        (turn,) = await conversations.recent(CHANNEL, limit=1)
    assert turn.content == "so ?"


async def test_the_migrations_make_the_tables_that_the_code_expects(url: str) -> None:
    async with opened(url):
        pass
    engine = engine_for(url, password=password)
    async with engine.connect() as connection:
        differences = await connection.run_sync(
            lambda plain: compare_metadata(MigrationContext.configure(plain), METADATA)
        )
    await engine.dispose()
    assert differences == []


def test_the_head_is_the_newest_revision() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("version_locations", str(MIGRATIONS))
    config.set_main_option("path_separator", "newline")
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


async def test_several_that_start_at_once_migrate_once(url: str) -> None:
    problems: list[str | None] = []

    async def start() -> None:
        async with opened(url, report=problems.append):
            pass

    await asyncio.gather(*(start() for _ in range(4)))
    assert set(problems) == {None}


@pytest.mark.req("CL-24")
async def test_a_new_file_that_another_one_is_writing_is_waited_for(tmp_path: Path) -> None:
    file = tmp_path / "botpod.db"
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    # By this very loop: if waiting for the file held it up, the file would stay locked.
    asyncio.get_running_loop().call_later(0.2, other.close)
    problems: list[str | None] = []
    async with opened(f"sqlite+aiosqlite:///{file}", report=problems.append):
        pass
    assert problems == [None]


async def test_a_newer_schema_does_not_stop_an_older_bot(url: str) -> None:
    async with opened(url) as database:
        await database.run(_raise_revision)
    async with opened(url) as database:
        assert database.problem is None


async def _raise_revision(connection: Any) -> None:
    await connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")


def test_alembic_is_not_loaded_where_nothing_is_to_migrate(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'botpod.db'}"
    program = (
        "import asyncio, sys\n"
        "from botpod.storage.database import Database\n"
        "async def main():\n"
        "    database = Database(sys.argv[1])\n"
        "    await database.start()\n"
        "    assert database.problem is None, database.problem\n"
        "    await database.close()\n"
        "asyncio.run(main())\n"
        "print('alembic' in sys.modules)\n"
    )
    printed = [
        subprocess.run(
            [sys.executable, "-c", program, url], check=True, capture_output=True, text=True
        ).stdout
        for _ in range(2)
    ]
    assert printed == ["True\n", "False\n"]


@pytest.mark.req("CL-38", "AC-22")
async def test_sqlites_files_are_for_this_user_only(tmp_path: Path) -> None:
    path = tmp_path / "state" / "botpod.db"
    async with opened(f"sqlite+aiosqlite:///{path}") as database:
        await SqlConversations(database, bot="default/hello").add(CHANNEL, 1, (ASKED,))
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == {"botpod.db": 0o600, "botpod.db-wal": 0o600, "botpod.db-shm": 0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    async with opened(f"sqlite+aiosqlite:///{tmp_path / 'file' / 'botpod.db'}") as database:
        assert database.problem == "The database can't be reached (File exists)."


async def test_a_refused_password_is_told_and_a_swapped_one_works(postgresql_url: str) -> None:
    secret = "wrong"
    async with opened(postgresql_url, password=lambda: secret) as database:
        assert database.problem == (
            "The database refuses the credential; give the bot the right password for its user."
        )
        secret = PASSWORD
        await until_well(database)


async def test_a_missing_password_is_told(postgresql_url: str) -> None:
    def missing() -> str:
        raise Rejected('The credential "postgresql-password" has no file.')

    async with opened(postgresql_url, password=missing) as database:
        assert database.problem == 'The credential "postgresql-password" has no file.'


async def test_a_database_that_says_nothing_holds_nobody_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql+asyncpg://botpod@127.0.0.1:{silent.getsockname()[1]}/botpod"
        database = Database(url, password=password)
        async with asyncio.timeout(5):
            await database.start(patience=0.1)
            with pytest.raises(Transient):
                await SqlConversations(database, bot="default/hello").recent(CHANNEL, limit=1)
        await database.close()


async def test_a_database_that_goes_away_is_told_at_once_and_found_again(
    postgresql_server: PostgresqlServer, postgresql_url: str
) -> None:
    async with opened(postgresql_url) as database:
        conversations = SqlConversations(database, bot="default/hello")
        await conversations.add(CHANNEL, 1, (ASKED,))
        postgresql_server.stop()
        try:
            for _ in range(2):
                with pytest.raises(Transient):
                    await conversations.recent(CHANNEL, limit=1)
            assert database.problem is not None
        finally:
            postgresql_server.start()
        await until_well(database)
        assert await conversations.recent(CHANNEL, limit=1) == (ASKED,)


async def test_a_database_that_is_away_at_the_start_is_found_later(
    postgresql_server: PostgresqlServer, postgresql_url: str
) -> None:
    postgresql_server.stop()
    try:
        async with opened(postgresql_url) as database:
            conversations = SqlConversations(database, bot="default/hello")
            with pytest.raises(Transient):
                await conversations.add(CHANNEL, 1, (ASKED,))
            postgresql_server.start()
            await until_well(database)
            await conversations.add(CHANNEL, 1, (ASKED,))
    finally:
        postgresql_server.stop()
        postgresql_server.start()


async def until_well(database: Database) -> None:
    async with asyncio.timeout(10):
        while database.problem is not None:  # noqa: ASYNC110 - another task of the database's own finds it
            await asyncio.sleep(0.02)
