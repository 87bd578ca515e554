"""A value is sent to its service and seen nowhere else: no log, no repr, no message, no exception."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import pytest
from examining import addresses, ask
from faulty_server import FaultyServer, http
from redis_tcp import RedisOverTcp, redis_tcp

from botpod_credentials.values import SecretValues
from botpod_credentials.verify import discord, github, openai
from botpod_credentials.verify.answers import Answer
from botpod_operator.api.credentials import Key

if TYPE_CHECKING:
    from botpod_credentials.verify.examiner import Examiner
    from botpod_operator.api.credentials import Kind

__all__ = ["redis_tcp"]

CANARY = "kanarienvogel-0123456789"
KINDS: tuple[Kind, ...] = (
    "DiscordToken",
    "OpenAI",
    "Anthropic",
    "AzureOpenAI",
    "GitHub",
    "Redis",
    "PostgreSQL",
    "Opaque",
)


@pytest.mark.attack("service_echoes")
async def test_a_value_shows_nowhere(
    examiner: Examiner,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    redis_tcp: RedisOverTcp,
    postgresql_url: str,
) -> None:
    """Each kind, and each way to answer, also by servers that quote what they are sent."""
    caplog.set_level(logging.DEBUG)
    asyncio.get_running_loop().set_debug(True)
    errors: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(context))
    quoted = (
        f'{{"error": {{"message": "wrong: {CANARY}", "code": "{CANARY}"}}, "message": "{CANARY}"}}'.encode()
    )
    seen = ""
    for answer in (
        http(200, quoted),
        http(401, quoted),
        http(403, quoted),
        http(429, quoted, f"Retry-After: {CANARY}"),
        http(302, quoted, f"Location: http://{CANARY}/"),
        http(200, quoted, length=10_000),
        f"HTTP/1.1 200 {CANARY}\r\n{CANARY}\r\n\r\n".encode(),
        f"-ERR wrong password {CANARY}\r\n".encode(),
    ):
        async with FaultyServer(answer) as server:
            found = await examiner.examine(
                keys=tuple(Key(name=kind.lower(), kind=kind) for kind in KINDS),
                addresses=addresses(
                    discord=server.url,
                    openai=server.url,
                    anthropic=server.url,
                    azure_openai=server.url,
                    azure_api_version="2024-10-21",
                    github=server.url,
                    redis=f"redis://127.0.0.1:{server.port}",
                    postgresql=f"postgresql+asyncpg://u@127.0.0.1:{server.port}/db",
                ),
                values=SecretValues({kind.lower(): CANARY for kind in KINDS}),
                fresh=True,
            )
            assert sum(CANARY.encode() in request for request in server.received) >= 6
        seen += repr(found) + repr(vars(examiner)) + repr(vars(examiner._memory))
    refused = [
        await ask(examiner, "Redis", CANARY, redis=f"redis://{redis_tcp.address}"),
        await ask(examiner, "PostgreSQL", CANARY, postgresql=postgresql_url),
    ]
    assert [one.answer for one in refused] == [Answer.REFUSED, Answer.REFUSED]
    printed = "".join(capfd.readouterr())
    logged = "".join(f"{record.getMessage()}{record.args!r}{record.exc_info!r}" for record in caplog.records)
    assert CANARY not in seen + repr(refused) + printed + logged + caplog.text + repr(errors)


async def test_a_mistake_of_ours_shows_its_type_only(
    examiner: Examiner, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    async def broken(_: object, value: str, **__: object) -> None:
        raise RuntimeError(f"about {value}")

    for module, kind in ((discord, "DiscordToken"), (openai, "OpenAI"), (github, "GitHub")):
        monkeypatch.setattr(module, "ask", broken)
        found = await ask(examiner, kind, CANARY)  # type: ignore[arg-type]
        assert found.answer is Answer.UNCLEAR
        assert "RuntimeError" in found.message
        assert CANARY not in repr(found) + caplog.text
