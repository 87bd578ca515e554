"""Passwords at a real Redis, and at what is none."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest
from examining import ask
from faulty_server import FaultyServer
from redis_tcp import BOT_PASSWORD, PASSWORD, RedisOverTcp, redis_tcp

from botpod_credentials.verify.answers import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod_credentials.verify.examiner import Examiner

__all__ = ["redis_tcp"]


@pytest.mark.parametrize("user", ["", "default@"])
async def test_the_default_users_password(examiner: Examiner, redis_tcp: RedisOverTcp, user: str) -> None:
    url = f"redis://{user}{redis_tcp.address}/0"
    assert (await ask(examiner, "Redis", PASSWORD, redis=url)).answer is Answer.ACCEPTED
    found = await ask(examiner, "Redis", "another", redis=url)
    assert found.answer is Answer.REFUSED
    assert "WRONGPASS" in found.message
    assert "spec.state.redis.url" in found.message


async def test_a_user_who_may_not_even_ping(examiner: Examiner, redis_tcp: RedisOverTcp) -> None:
    url = f"redis://bot@{redis_tcp.address}"
    assert (await ask(examiner, "Redis", BOT_PASSWORD, redis=url)).answer is Answer.ACCEPTED
    assert (await ask(examiner, "Redis", PASSWORD, redis=url)).answer is Answer.REFUSED


@pytest.mark.parametrize("user", ["away", "nobody"])
async def test_a_user_who_is_switched_off_or_unknown(
    examiner: Examiner, redis_tcp: RedisOverTcp, user: str
) -> None:
    url = f"redis://{user}@{redis_tcp.address}"
    assert (await ask(examiner, "Redis", BOT_PASSWORD, redis=url)).answer is Answer.REFUSED


async def test_over_tls_only_to_whom_we_trust(
    make_examiner: Callable[..., Examiner], redis_tcp: RedisOverTcp
) -> None:
    url = f"rediss://127.0.0.1:{redis_tcp.tls_port}"
    found = await ask(make_examiner(), "Redis", PASSWORD, redis=url)
    assert found.answer is Answer.UNCLEAR
    assert "certificate" in found.message
    trusting = make_examiner(tls=ssl.create_default_context(cafile=str(redis_tcp.files.ca)))
    found = await ask(trusting, "Redis", PASSWORD, redis=url)
    assert found.answer is Answer.ACCEPTED


async def test_it_leaves_no_connection_behind(examiner: Examiner, redis_tcp: RedisOverTcp) -> None:
    await ask(examiner, "Redis", PASSWORD, redis=f"redis://{redis_tcp.address}")
    assert redis_tcp.send("CLIENT LIST").count(b" addr=") == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"-LOADING Redis is loading the dataset in memory\r\n",
        b"-ERR max number of clients reached\r\n",
        b"-ERR wrong number of arguments for 'auth' command\r\n",
        b"+OK\r\n",
        b"+OK\r\n-LOADING\r\n",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\x00\xff" * 4000,
        b"-WRONGPASS cut in the midd",
    ],
)
async def test_what_says_nothing_of_the_password(examiner: Examiner, answer: bytes) -> None:
    async with FaultyServer(answer) as server:
        found = await ask(examiner, "Redis", "p", redis=f"redis://127.0.0.1:{server.port}")
    assert found.answer is Answer.UNCLEAR


async def test_silence_and_absence(make_examiner: Callable[..., Examiner]) -> None:
    examiner = make_examiner()
    async with FaultyServer(hold=True) as server:
        url = f"redis://127.0.0.1:{server.port}"
        found = await ask(make_examiner(question_seconds=0.1), "Redis", "p", redis=url)
        assert (found.answer, "0.1 s" in found.message) == (Answer.UNCLEAR, True)
    found = await ask(examiner, "Redis", "p", redis=url)
    assert (found.answer, "can't be reached" in found.message) == (Answer.UNCLEAR, True)
    for unreadable in ("redis:///0", "redis://h:99999999", "redis://[::", "redis://" + "a" * 70):
        assert (await ask(examiner, "Redis", "p", redis=unreadable)).answer is Answer.UNCLEAR


async def test_a_class_without_redis(examiner: Examiner) -> None:
    assert (await ask(examiner, "Redis", "p")).answer is Answer.UNVERIFIABLE
