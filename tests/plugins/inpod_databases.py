"""Runs in a bot's pod: tries with the bot's own logins to get at another bot's keys and rows.

Arguments: this bot and the other one as ``namespace/name``, and the other one's schema. Prints, as JSON, what
was answered to each attempt that wasn't refused.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
from pathlib import Path
from typing import Any

import asyncpg
import yaml
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.engine import make_url

CONFIG, CREDENTIALS = Path("/etc/botpod/config.yaml"), Path("/etc/botpod/credentials")


def _login(store: dict[str, Any]) -> tuple[str, str]:
    user, _, password = (CREDENTIALS / store["credential"]).read_text(encoding="utf-8").strip().partition(":")
    return user, password


async def _redis(store: dict[str, Any], mine: str, other: str) -> list[list[str]]:
    (user, password), url = _login(store), make_url(store["url"])
    tls = {"ssl": True, "ssl_ca_data": store["caBundle"]} if url.drivername == "rediss" else {}
    theirs = f"botpod:{{{other}}}:owner"
    attempts = [
        ("HGETALL", theirs),
        ("DEL", theirs),
        ("EVAL", f"return redis.call('HGETALL', '{theirs}')", "0"),
        ("KEYS", "*"),
        ("CONFIG", "GET", "*"),
        ("ACL", "LIST"),
        ("MONITOR",),
        ("FLUSHALL",),
    ]
    got = []
    async with Redis(
        host=url.host or "", port=url.port or 6379, username=user, password=password, **tls
    ) as client:
        # The login works, for what is its own.
        await client.get(f"botpod:{{{mine}}}:nothing")
        for attempt in attempts:
            try:
                answer = await client.execute_command(*attempt)  # type: ignore[no-untyped-call]
            except RedisError:
                continue
            got.append([*attempt, str(answer)])
    return got


async def _postgresql(store: dict[str, Any], schema: str) -> list[list[str]]:
    (user, password), url = _login(store), make_url(store["url"])
    client = await asyncpg.connect(
        host=url.host,
        port=url.port or 5432,
        database=url.database,
        user=user,
        password=password,
        ssl=ssl.create_default_context(cadata=store["caBundle"]) if store.get("caBundle") else None,
    )
    attempts = [
        f"SELECT content FROM {schema}.turns",
        f"DROP TABLE {schema}.turns",
        f"DROP SCHEMA {schema} CASCADE",
        f"SET ROLE {schema}",
        "SELECT * FROM public.turns",
        "CREATE TABLE public.mine (number int)",
        "CREATE ROLE mine SUPERUSER",
        "SELECT passwd FROM pg_shadow",
        "SELECT pg_read_file('/etc/passwd')",
        "COPY (SELECT 1) TO PROGRAM 'id'",
    ]
    got = []
    # The login works, for what is its own.
    await client.fetchval("SELECT count(*) FROM turns")
    for attempt in attempts:
        try:
            answer = await client.fetch(attempt)
        except asyncpg.PostgresError:
            continue
        got.append([attempt, str(answer)])
    await client.close()
    return got


async def got(state: dict[str, Any], mine: str, other: str, schema: str) -> list[list[str]]:
    """Try everything."""
    return [*await _redis(state["redis"], mine, other), *await _postgresql(state["sql"], schema)]


if __name__ == "__main__":
    STATE = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))["state"]
    sys.stdout.write(json.dumps(asyncio.run(got(STATE, *sys.argv[1:]))))
