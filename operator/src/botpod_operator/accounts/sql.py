"""What makes a bot's role and schema in PostgreSQL. Pure: statements as text.

An account is a role that can't log in and owns a schema of its name. Its logins are members of it, become it
when they log in, and see its schema only.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING

from botpod_operator.accounts.names import PREFIX

if TYPE_CHECKING:
    from botpod_operator.accounts.names import Login

MOVED_TABLES = ("turns", "kept")
"""The tables that bots shared, each with a column ``bot``."""
REVISION_TABLE = "alembic_version"
STATEMENT_SECONDS = 60
"""The longest that one statement may take: the bot's own migrations need that long."""
_ROUNDS = 4096


def identifier(name: str) -> str:
    """Return a name as SQL takes it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return a text as SQL takes it, whatever is in it."""
    return "E'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def verifier(login: Login) -> str:
    """Return the password in PostgreSQL's own form: no statement and no log ever has it in the clear."""
    salted = hashlib.pbkdf2_hmac("sha256", login.password.reveal().encode(), login.salt, _ROUNDS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    salt, stored_key, server_key = (base64.b64encode(part).decode() for part in (login.salt, stored, server))
    return f"SCRAM-SHA-256${_ROUNDS}:{salt}${stored_key}:{server_key}"


def missing(login: Login, *, roles: frozenset[str], member: bool, schema: bool) -> tuple[str, ...]:
    """Return what is missing of an account.

    ``roles`` are those there are, ``member``: we may act for it, ``schema``: its schema is there.
    """
    owner = identifier(login.account)
    return (
        *(() if login.account in roles else (f"CREATE ROLE {owner} NOLOGIN",)),
        *(() if member else (f"GRANT {owner} TO CURRENT_USER",)),
        *(() if schema else (f"CREATE SCHEMA {owner} AUTHORIZATION {owner}",)),
    )


def logging_in(login: Login, *, database: str, connections: int, roles: frozenset[str]) -> tuple[str, ...]:
    """Return what makes a login, or brings it back to what it shall be."""
    owner, name = identifier(login.account), identifier(login.name)
    verb = "ALTER" if login.name in roles else "CREATE"
    return (
        f"{verb} ROLE {name} WITH LOGIN NOINHERIT CONNECTION LIMIT {connections}",
        f"ALTER ROLE {name} PASSWORD {literal(verifier(login))}",
        f"GRANT {owner} TO {name}",
        f"GRANT CONNECT ON DATABASE {identifier(database)} TO {name}",
        f"ALTER ROLE {name} SET role = {literal(login.account)}",
        f"ALTER ROLE {name} SET search_path = {owner}",
        f"ALTER ROLE {name} SET statement_timeout = '{STATEMENT_SECONDS}s'",
        f"ALTER ROLE {name} SET idle_in_transaction_session_timeout = '{STATEMENT_SECONDS}s'",
    )


def dropping(name: str, *, database: str) -> tuple[str, ...]:
    """Return what removes a login; what it may have made in its own name goes with it."""
    quoted = identifier(name)
    return (
        # PostgreSQL lets only members end connections and drop what is owned.
        f"GRANT {quoted} TO CURRENT_USER",
        f"ALTER ROLE {quoted} NOLOGIN",
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = {literal(name)}",  # noqa: S608
        f"REVOKE CONNECT ON DATABASE {identifier(database)} FROM {quoted}",
        f"DROP OWNED BY {quoted}",
        f"DROP ROLE {quoted}",
    )


LOGINS = f"SELECT rolname FROM pg_roles WHERE rolcanlogin AND rolname LIKE '{PREFIX.replace('_', r'\_')}%'"  # noqa: S608 - a constant
STANDING = """
SELECT
  coalesce((SELECT array_agg(rolname::text) FROM pg_roles WHERE rolname = ANY($1)), '{}') AS roles,
  EXISTS (
    SELECT FROM pg_auth_members JOIN pg_roles AS owner ON owner.oid = roleid
    JOIN pg_roles AS me ON me.oid = member
    WHERE owner.rolname = $2 AND me.rolname = current_user AND NOT admin_option
  ) AS member,
  EXISTS (SELECT FROM pg_namespace WHERE nspname = $2) AS schema,
  current_database()::text AS database
"""
"""$1: the account and its login. $2: the account. A membership with ``admin_option`` may be the one that
comes with making a role, by which PostgreSQL 16 doesn't let its maker act for it."""
SHARED = """
SELECT relname::text AS name, relrowsecurity OR EXISTS (
  SELECT FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid
  WHERE attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
  AND typnamespace <> 'pg_catalog'::regnamespace
) AS strange
FROM pg_class WHERE relnamespace = to_regnamespace('public') AND relkind = 'r' AND relname = ANY($1)
"""
"""The tables that bots shared. With a type or a policy of somebody's own they would run his code as us."""
CONSTRAINTS = """
SELECT conname::text AS name, pg_get_constraintdef(oid) AS definition FROM pg_constraint
WHERE conrelid = to_regclass('public.' || quote_ident($1)) AND contype = 'p'
"""
INDEXES = """
SELECT pg_get_indexdef(indexrelid) AS definition FROM pg_index
WHERE indrelid = to_regclass('public.' || quote_ident($1)) AND NOT indisprimary AND indexprs IS NULL
AND indpred IS NULL
"""
MARK = "SELECT obj_description(to_regnamespace(quote_ident($1)), 'pg_namespace')"
"""What stands at a schema about the move: ``copied <seconds since the epoch>``, or ``moved``."""


def closed(tables: tuple[str, ...]) -> tuple[str, ...]:
    """Return what keeps everybody but their owner out of the shared tables, and from making more."""
    return (
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        *(f"REVOKE ALL ON public.{identifier(table)} FROM PUBLIC" for table in tables),
    )


def mark(schema: str, text: str) -> str:
    """Return what notes how far the move of a bot's rows is."""
    return f"COMMENT ON SCHEMA {identifier(schema)} IS {literal(text)}"


def cloned(
    table: str, schema: str, *, constraints: tuple[tuple[str, str], ...], indexes: tuple[str, ...]
) -> tuple[str, ...]:
    """Return what makes a shared table anew in a bot's schema, with the names that migrations know."""
    theirs, ours = f"public.{identifier(table)}", f"{identifier(schema)}.{identifier(table)}"
    return (
        f"CREATE TABLE {ours} (LIKE {theirs})",
        *(
            f"ALTER TABLE {ours} ADD CONSTRAINT {identifier(name)} {definition}"
            for name, definition in constraints
        ),
        *(index.replace(f" ON public.{table} ", f" ON {ours} ", 1) for index in indexes),
        f"ALTER TABLE {ours} OWNER TO {identifier(schema)}",
    )


def copied(table: str, schema: str) -> str:
    """Return what copies a bot's rows ($1: ``namespace/name``); of the revision the only one."""
    theirs, ours = f"public.{identifier(table)}", f"{identifier(schema)}.{identifier(table)}"
    whose = "" if table == REVISION_TABLE else " WHERE bot = $1"
    return f"INSERT INTO {ours} SELECT * FROM {theirs}{whose} ON CONFLICT DO NOTHING"  # noqa: S608 - quoted names


def leftovers(table: str, schema: str) -> str:
    """Return what moves the rows that old pods wrote after the copy ($1: whose, $2: since when).

    Older ones are in place, or were forgotten meanwhile, and must not come back.
    """
    theirs, ours = f"public.{identifier(table)}", f"{identifier(schema)}.{identifier(table)}"
    age = "created_at" if table == "turns" else "kept_at"
    return (
        f"WITH gone AS (DELETE FROM {theirs} WHERE bot = $1 RETURNING *) "  # noqa: S608 - quoted names
        f"INSERT INTO {ours} SELECT * FROM gone WHERE {age} >= $2 ON CONFLICT DO NOTHING"
    )
