"""One bot tries everything on what another one keeps in Redis."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from accounts import ADMIN, ALICE, BOB, as_admin, login, redis_as, redis_at
from redis.asyncio import Redis
from redis.exceptions import NoPermissionError, RedisError, ResponseError

from botpod_credentials.errors import CredentialsUnusable
from botpod_credentials.values import Hidden
from botpod_operator.accounts.redis import RedisMaker

if TYPE_CHECKING:
    from redis_server import RedisServer

pytestmark = pytest.mark.req("CP-13", "AU-07")

THEIRS = "botpod:{payments/alice}:said:1"
MINE = "botpod:{games/bob}:said:1"
DENIED = ("The user executing the script can't", "not allowed")
ATTACKS = [
    ("GET", THEIRS),
    ("SET", THEIRS, "forged"),
    ("DEL", THEIRS),
    ("UNLINK", THEIRS),
    ("HGETALL", THEIRS),
    ("XRANGE", THEIRS, "-", "+"),
    ("XREAD", "STREAMS", THEIRS, "0"),
    ("EVAL", "return redis.call('GET', KEYS[1])", "1", THEIRS),
    # Redis can't see this key before the script runs.
    ("EVAL", f"return redis.call('GET', '{THEIRS}')", "0"),
    ("EVAL", f"return redis.call('SET', '{THEIRS}', 'forged')", "0"),
    ("EVAL", "return redis.call('KEYS', '*')", "0"),
    ("EVAL", "return redis.call('SCAN', '0')", "0"),
    ("EVAL", "return redis.call('CONFIG', 'GET', 'requirepass')", "0"),
    ("EVAL", "return redis.call('PUBLISH', 'botpod:{payments/alice}:x', 'y')", "0"),
    ("EVAL_RO", "return redis.call('GET', KEYS[1])", "1", THEIRS),
    ("COPY", THEIRS, MINE),
    ("RENAME", THEIRS, MINE),
    ("DUMP", THEIRS),
    ("MIGRATE", "127.0.0.1", "1", THEIRS, "0", "10"),
    ("SORT", MINE, "GET", "botpod:{payments/alice}:*"),
    ("OBJECT", "ENCODING", THEIRS),
    ("EXISTS", THEIRS),
    ("PTTL", THEIRS),
    ("KEYS", "*"),
    ("SCAN", "0"),
    ("RANDOMKEY",),
    ("DBSIZE",),
    ("FLUSHALL",),
    ("FLUSHDB",),
    ("SWAPDB", "0", "1"),
    ("CONFIG", "GET", "requirepass"),
    ("CONFIG", "SET", "requirepass", ""),
    ("ACL", "LIST"),
    ("ACL", "SETUSER", "default", "nopass"),
    ("ACL", "WHOAMI"),
    ("MONITOR",),
    ("CLIENT", "LIST"),
    ("CLIENT", "KILL", "TYPE", "normal"),
    ("CLIENT", "PAUSE", "1000"),
    ("SUBSCRIBE", "botpod:{payments/alice}:x"),
    ("PSUBSCRIBE", "*"),
    ("PUBLISH", "botpod:{payments/alice}:x", "y"),
    ("SCRIPT", "FLUSH"),
    ("SCRIPT", "KILL"),
    ("FUNCTION", "LIST"),
    ("DEBUG", "SLEEP", "0"),
    ("SLOWLOG", "GET"),
    ("LATENCY", "RESET"),
    ("REPLICAOF", "NO", "ONE"),
    ("SHUTDOWN", "NOSAVE"),
    ("SAVE",),
    ("MODULE", "LIST"),
    ("SYNC",),
    ("CLUSTER", "INFO"),
]


@pytest.mark.attack("foreign_keys", "foreign_channels", "database_administration")
async def test_a_bot_gets_nothing_of_anothers(admin_redis: RedisServer) -> None:
    maker, server = RedisMaker(), redis_at(admin_redis)
    for bot in (ALICE, BOB):
        await maker.make(server, as_admin(), login(bot), connections=1)
    crossed = []
    async with redis_as(admin_redis, login(ALICE)) as alice, redis_as(admin_redis, login(BOB)) as bob:
        await alice.set(THEIRS, "a secret")
        for words in ATTACKS:
            try:
                crossed.append((words, await bob.execute_command(*words)))
            except ResponseError as refused:
                # A script's own refusal comes as an error of the script.
                if not isinstance(refused, NoPermissionError) and not any(
                    one in str(refused) for one in DENIED
                ):
                    crossed.append((words, refused))
        assert await alice.get(THEIRS) == "a secret"
    assert crossed == []


async def test_with_the_password_that_all_bots_shared_each_gets_everything(admin_redis: RedisServer) -> None:
    """What accounts end, and ``Isolated=False`` tells of: the attacks are ones that succeed."""
    async with (
        Redis(unix_socket_path=str(admin_redis.socket), password=ADMIN, decode_responses=True) as bob,
        bob.pubsub() as listens,
    ):
        await bob.set(THEIRS, "a secret")
        assert await bob.execute_command("GET", THEIRS) == "a secret"
        assert await bob.execute_command("EVAL", f"return redis.call('GET', '{THEIRS}')", "0") == "a secret"
        assert await bob.execute_command("CONFIG", "GET", "requirepass")
        assert await bob.execute_command("CLIENT", "LIST")
        await listens.subscribe("botpod:{payments/alice}:x")
        assert await bob.execute_command("PUBLISH", "botpod:{payments/alice}:x", "y") == 1
        assert await bob.execute_command("FLUSHALL")


async def test_a_bot_does_on_its_own_keys_what_it_needs(admin_redis: RedisServer) -> None:
    await RedisMaker().make(redis_at(admin_redis), as_admin(), login(BOB), connections=1)
    async with redis_as(admin_redis, login(BOB)) as bob:
        await bob.set(MINE, "kept", px=60_000)
        assert await bob.eval("return redis.call('GET', KEYS[1])", 1, MINE) == "kept"
        assert (await bob.info("memory"))["maxmemory_policy"] == "noeviction"


async def test_an_administrator_that_is_refused_is_told_without_its_password(
    admin_redis: RedisServer,
) -> None:

    with pytest.raises(CredentialsUnusable) as refused:
        await RedisMaker().make(redis_at(admin_redis), Hidden("wrong one"), login(BOB), connections=1)
    assert refused.value.reason == "AccountAdminRefused"
    assert 'Secret "redis-admin"' in str(refused.value)
    assert "wrong one" not in str(refused.value)


async def test_a_redis_that_hangs_is_given_up(admin_redis: RedisServer) -> None:

    admin_redis.freeze()
    try:
        async with asyncio.timeout(8):
            with pytest.raises(CredentialsUnusable) as away:
                await RedisMaker().make(redis_at(admin_redis), as_admin(), login(BOB), connections=1)
    finally:
        admin_redis.thaw()
    assert away.value.reason == "AccountServerUnreachable"


async def test_an_old_login_ends_with_its_connections(admin_redis: RedisServer) -> None:
    maker, server = RedisMaker(), redis_at(admin_redis)
    old, new = login(BOB), login(BOB, rotate="leaked")
    await maker.make(server, as_admin(), old, connections=1)
    await maker.make(server, as_admin(), new, connections=1)
    async with redis_as(admin_redis, old) as thief, redis_as(admin_redis, new) as bob:
        await thief.set(MINE, "before")
        await maker.drop(server, as_admin(), frozenset({old.name}))
        with pytest.raises(RedisError):
            await thief.get(MINE)
        assert await bob.get(MINE) == "before"
