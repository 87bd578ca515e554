"""A bot whose logins change while it works loses nothing, and goes on when the old ones are gone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from accounts import BOB, Clock, as_admin, keeper, login, redis_at

from botpod.state.redisstore import RedisStore, connect
from botpod.storage.database import Database
from botpod.storage.kept import Kept, KeptThings
from botpod_operator.accounts.keeper import GRACE_SECONDS
from botpod_operator.accounts.postgresql import PostgresqlMaker
from botpod_operator.accounts.redis import RedisMaker
from botpod_operator.watch.queue import Queue

if TYPE_CHECKING:
    from accounts import AdminPostgresql
    from redis_server import RedisServer

    from botpod_operator.accounts.server import Server

pytestmark = pytest.mark.req("CP-13")


async def test_nothing_is_lost_while_logins_rotate(
    admin_redis: RedisServer, admin_postgresql: AdminPostgresql
) -> None:
    clock = Clock()
    queue: Queue[Server] = Queue(scheduler=asyncio.get_running_loop())
    made = keeper(queue, clock)
    servers = (redis_at(admin_redis), admin_postgresql.as_class)
    inside = ""  # the file in the pod

    async def bring(rotate: str | None) -> str:
        for server in servers:
            await made.want(server, login(BOB, rotate=rotate), connections=20)
        now = login(BOB, rotate=rotate)
        return f"{now.name}:{now.password.reveal()}"

    inside = await bring(None)
    redis = connect(f"unix://{admin_redis.socket}", password=lambda: inside, logins=True)
    store = RedisStore(redis, bot=str(BOB), pod="a-1", lease_seconds=1.0)
    database = Database(admin_postgresql.bot_url, password=lambda: inside, logins=True)
    await database.start()
    kept, ending = KeptThings(database, bot=str(BOB)), asyncio.Event()

    async def work(worker: int) -> int:
        done = 0
        while not ending.is_set():
            name = f"{worker}-{done}"
            await kept.change(keep=[Kept(kind="k", name=name)])
            await store.run("return redis.call('HSET', KEYS[1], ARGV[1], 1)", [store.key("done")], name)
            done += 1
        return done

    # More than are pooled, so that new connections are made all the time.
    working = [asyncio.create_task(work(number)) for number in range(5)]
    for number in range(3):
        await asyncio.sleep(0.2)
        newest = await bring(f"leaked {number}")
        made.delivered(BOB, newest=True)
        await asyncio.sleep(0.2)  # the kubelet is in no hurry
        inside = newest
        clock.ahead += GRACE_SECONDS + 1
        # The pods have used the new ones for long; the old ones go, with connections that are still open.
        await asyncio.sleep(0.2)
        for server in servers:
            await made.check(server)
    ending.set()
    written = sum(await asyncio.gather(*working))

    assert len(await kept.all("k")) == written
    assert len(await store.ask(lambda client: client.hgetall(store.key("done")))) == written
    assert database.problem is None
    ours = login(BOB).account
    for server, maker in zip(servers, (RedisMaker(), PostgresqlMaker()), strict=True):
        names = await maker.logins(server, as_admin())
        assert [name for name in names if name.startswith(ours)] == [login(BOB, rotate="leaked 2").name]
    await store.close()
    await database.close()
