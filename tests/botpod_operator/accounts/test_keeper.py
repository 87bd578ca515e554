"""Accounts stay as they shall be: after a restart of Redis, while a bot rotates, when one is deleted."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from accounts import ALICE, BOB, Api, Clock, keeper, login, redis_as, redis_at
from redis.exceptions import ConnectionError as Refused

from botpod_credentials.errors import CredentialsUnusable
from botpod_operator.accounts.keeper import GONE_SECONDS, GRACE_SECONDS
from botpod_operator.watch.queue import Queue

if TYPE_CHECKING:
    from redis_server import RedisServer

    from botpod_operator.accounts.keeper import Keeper
    from botpod_operator.accounts.names import Login
    from botpod_operator.accounts.server import Server

KEY = "botpod:{games/bob}:said:1"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def made(clock: Clock) -> Keeper:
    queue: Queue[Server] = Queue(scheduler=asyncio.get_running_loop())
    return keeper(queue, clock)


async def lets_in(server: RedisServer, login: Login) -> bool:
    try:
        async with redis_as(server, login) as client:
            await client.set(f"botpod:{{{login.bot}}}:probe", "x")
    except Refused as refused:
        assert "invalid username-password pair" in str(refused)  # noqa: PT017
        return False
    return True


async def test_a_redis_that_forgot_its_users_has_them_again_at_the_next_check(
    made: Keeper, admin_redis: RedisServer
) -> None:
    server = redis_at(admin_redis)
    for bot in (ALICE, BOB):
        await made.want(server, login(bot), connections=1)
    admin_redis.kill()
    admin_redis.start()
    assert not await lets_in(admin_redis, login(BOB))

    assert await made.check(server)

    assert await lets_in(admin_redis, login(ALICE))
    assert await lets_in(admin_redis, login(BOB))


async def test_the_old_login_works_until_the_pods_had_time_to_take_the_new_one(
    made: Keeper, admin_redis: RedisServer, clock: Clock
) -> None:
    server, old, new = redis_at(admin_redis), login(BOB), login(BOB, rotate="leaked")
    await made.want(server, old, connections=1)
    made.delivered(BOB, newest=True)
    await made.want(server, new, connections=1)

    # As long as it isn't delivered, however long that is: something else of it may be refused.
    clock.ahead += 10 * GRACE_SECONDS
    made.delivered(BOB, newest=False)
    await made.check(server)
    assert await lets_in(admin_redis, old)

    made.delivered(BOB, newest=True)
    clock.ahead += GRACE_SECONDS - 5
    await made.check(server)
    assert await lets_in(admin_redis, old)

    clock.ahead += 10
    await made.check(server)
    assert not await lets_in(admin_redis, old)
    assert await lets_in(admin_redis, new)


async def test_the_login_of_a_deleted_bot_ends_and_no_others(
    made: Keeper, admin_redis: RedisServer, clock: Clock
) -> None:
    server = redis_at(admin_redis)
    for bot in (ALICE, BOB):
        await made.want(server, login(bot), connections=1)
    made.forget(BOB)
    await made.check(server)
    assert await lets_in(admin_redis, login(BOB))  # its pods finish what they are at

    clock.ahead += GONE_SECONDS + 1
    await made.check(server)

    assert not await lets_in(admin_redis, login(BOB))
    assert await lets_in(admin_redis, login(ALICE))


async def test_a_bot_that_is_made_again_meanwhile_keeps_its_login(
    made: Keeper, admin_redis: RedisServer, clock: Clock
) -> None:
    server = redis_at(admin_redis)
    await made.want(server, login(BOB), connections=1)
    made.forget(BOB)
    await made.want(server, login(BOB), connections=1)
    clock.ahead += GONE_SECONDS + 1
    await made.check(server)
    assert await lets_in(admin_redis, login(BOB))


async def test_a_server_that_hangs_holds_up_the_first_bot_only(
    made: Keeper, admin_redis: RedisServer
) -> None:
    server = redis_at(admin_redis)
    admin_redis.freeze()
    try:
        with pytest.raises(CredentialsUnusable):
            await made.want(server, login(ALICE), connections=1)
        async with asyncio.timeout(0.5):
            with pytest.raises(CredentialsUnusable) as told:
                await made.want(server, login(BOB), connections=1)
    finally:
        admin_redis.thaw()
    assert told.value.reason == "AccountServerUnreachable"


async def test_a_corrected_administrators_password_is_taken_up_at_once(
    admin_redis: RedisServer, clock: Clock
) -> None:
    api = Api()
    made = keeper(Queue(scheduler=asyncio.get_running_loop()), clock, api)
    right, api.password = api.password, "wrong one"
    with pytest.raises(CredentialsUnusable) as refused:
        await made.want(redis_at(admin_redis), login(BOB), connections=1)
    assert (refused.value.reason, refused.value.certain) == ("AccountAdminRefused", True)
    api.password = right
    await made.want(redis_at(admin_redis), login(BOB), connections=1)
    assert await lets_in(admin_redis, login(BOB))
