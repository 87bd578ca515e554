"""Brings a database to the present schema; any number of processes may do so at once.

Revisions are numbered, only ever added to, and only ever add: an older bot goes on working on a newer schema,
as it must while pods are replaced one by one.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncConnection

MIGRATIONS = Path(__file__).parent / "migrations"
HEAD = "0003"
"""The newest revision. Known without Alembic, which costs 10 MiB and is needed for an upgrade only."""

_LOCK = 0x626F74706F64
"""The advisory lock's number: "botpod"."""
_TAKE_LOCK = """
SELECT pg_advisory_xact_lock(
  CASE current_schema() WHEN 'public' THEN :number ELSE hashtextextended(current_schema(), :number) END
)
"""


async def present_revision(connection: AsyncConnection) -> str | None:
    """Return the database's revision, None when it has none yet."""
    try:
        return (
            await connection.execute(text("SELECT version_num FROM alembic_version"))
        ).scalar_one_or_none()
    except DBAPIError as error:
        if not _no_such_table(error):
            raise
        await connection.rollback()
        return None


def _no_such_table(error: DBAPIError) -> bool:
    # SQLSTATE 42P01 in PostgreSQL; SQLite has a sentence only.
    return getattr(error.orig, "sqlstate", None) == "42P01" or "no such table" in str(error.orig)


async def upgrade(connection: AsyncConnection) -> None:
    """Upgrade within the connection's transaction, one process at a time; nothing where nothing is to do."""
    if connection.dialect.name == "postgresql":
        # Held until the transaction's end. SQLite's BEGIN IMMEDIATE (engine.py) does the same for its file.
        # A bot's own schema has a lock of its own, or others could wait for a bot that takes long.
        await connection.execute(text(_TAKE_LOCK), {"number": _LOCK})
    await connection.run_sync(_run)


def _run(connection: Connection) -> None:
    from alembic.config import Config  # noqa: PLC0415 - see HEAD
    from alembic.runtime.environment import EnvironmentContext  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("version_locations", str(MIGRATIONS))
    config.set_main_option("path_separator", "newline")
    scripts = ScriptDirectory.from_config(config)
    with EnvironmentContext(
        config,
        scripts,
        fn=lambda revision, _context: scripts._upgrade_revs("head", revision),  # noqa: SLF001
    ) as environment:
        environment.configure(connection=connection)
        environment.run_migrations()
