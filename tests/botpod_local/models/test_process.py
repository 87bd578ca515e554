"""The stand-in as the demo runs it: a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from typing import TYPE_CHECKING

import openai
import pytest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@contextlib.asynccontextmanager
async def running(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "botpod_local.models",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_it_listens_where_told_answers_and_stops_at_sigterm() -> None:
    arguments = ["--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0"]
    arguments += ["--key", "openai=sk-demo", "--first-token", "0", "--between-tokens", "0"]
    async with running(*arguments) as process, asyncio.timeout(30):
        assert process.stdout is not None
        lines = [(await process.stdout.readline()).decode().split() for _ in range(3)]
        assert [line[-2] for line in lines] == ["on", "on", "on"]
        for line in lines[:2]:
            async with openai.AsyncOpenAI(base_url=f"http://{line[-1]}/v1", api_key="sk-demo") as client:
                answer = await client.responses.create(model="m", input="hello")
                assert "stand-in" in answer.output_text
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--listen", "nowhere"], "give HOST:PORT"),
        (["--key", "openai:sk-secret"], "give VENDOR=KEY"),
        (["--listen", "192.0.2.1:1"], "can't listen"),
    ],
)
async def test_a_mistake_is_one_sentence(arguments: list[str], said: str) -> None:
    async with running(*arguments) as process, asyncio.timeout(30):
        assert process.stderr is not None
        text = (await process.stderr.read()).decode()
        assert await process.wait() != 0
    assert said in text
    assert "sk-secret" not in text
    assert "Traceback" not in text
