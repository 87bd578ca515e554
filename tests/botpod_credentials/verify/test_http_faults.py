"""Everything that can go wrong between the operator and a service that speaks HTTP."""

from __future__ import annotations

import asyncio
import socket
import ssl
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import pytest
from examining import ask
from faulty_server import FaultyServer, http
from pki import server_files

from botpod_credentials.verify.answers import Answer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from botpod_credentials.verify.examiner import Examiner
    from botpod_operator.api.credentials import Kind

FIELDS: dict[Kind, tuple[str, str]] = {
    "DiscordToken": ("discord", "spec.discord.apiUrl"),
    "OpenAI": ("openai", "spec.providers.openAI.baseUrl"),
    "Anthropic": ("anthropic", "spec.providers.anthropic.baseUrl"),
    "AzureOpenAI": ("azure_openai", "spec.providers.azureOpenAI.baseUrl"),
    "GitHub": ("github", "spec.github.apiUrl"),
}
SECRET = "canary-0123456789"
LIST = b'{"object": "list", "data": []}'
of_each = pytest.mark.parametrize("kind", FIELDS)


def _at(kind: Kind, url: str) -> dict[str, Any]:
    return {FIELDS[kind][0]: url, "azure_api_version": "2024-10-21"}


@of_each
async def test_a_redirect_is_not_followed_and_names_the_field(examiner: Examiner, kind: Kind) -> None:
    async with FaultyServer(http(200, b"{}")) as thief:
        for status in (301, 302, 303, 307, 308):
            async with FaultyServer(http(status, b"", f"Location: {thief.url}/models")) as server:
                found = await ask(examiner, kind, SECRET, **_at(kind, server.url))
            assert found.answer is Answer.UNCLEAR
            assert FIELDS[kind][1] in found.message
            assert SECRET.encode() in server.received[0]
        assert thief.connections == 0


@of_each
async def test_a_proxy_of_the_environment_gets_nothing(
    examiner: Examiner, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with FaultyServer(http(200, b"{}")) as proxy, FaultyServer(http(503)) as server:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        await ask(examiner, kind, SECRET, **_at(kind, server.url))
        assert (proxy.connections, server.connections) == (0, 1)


@of_each
async def test_silence_ends_in_time(make_examiner: Callable[..., Examiner], kind: Kind) -> None:
    impatient = make_examiner(question_seconds=0.1)
    async with FaultyServer(hold=True) as server:
        found = await ask(impatient, kind, SECRET, **_at(kind, server.url))
    assert found.answer is Answer.UNCLEAR
    assert "0.1 s" in found.message


@of_each
@pytest.mark.parametrize(
    "answer",
    [
        http(200, LIST, length=1000),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        b"HTTP/1.1 200 O",
        b"",
    ],
    ids=["body", "chunk", "head", "nothing"],
)
async def test_an_answer_cut_in_the_middle(examiner: Examiner, kind: Kind, answer: bytes) -> None:
    async with FaultyServer(answer) as server:
        found = await ask(examiner, kind, SECRET, **_at(kind, server.url))
    assert found.answer is Answer.UNCLEAR


@of_each
@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"\x00\xff" * 500,
        http(200, b"<html>Welcome to nginx!</html>"),
        http(200, b"[" * 60_000),
        http(200, b'"a text"'),
        http(200, b'{"data": {}, "id": 5, "login": null}'),
        http(200, b"\xff\xfe"),
        http(204),
        http(200, LIST, "X: " + "y" * 100_000),
        http(200, LIST, "Content-Encoding: gzip")[:-1],
    ],
    ids=["ssh", "bytes", "html", "deep", "text", "types", "latin", "204", "head", "gzip"],
)
async def test_what_is_no_answer_of_the_service(examiner: Examiner, kind: Kind, answer: bytes) -> None:
    async with FaultyServer(answer) as server:
        found = await ask(examiner, kind, SECRET, **_at(kind, server.url))
    assert found.answer is Answer.UNCLEAR


@of_each
@pytest.mark.parametrize("status", [500, 502, 503, 504, 529, 418, 400, 403, 407, 402])
async def test_what_says_nothing_of_the_credential(examiner: Examiner, kind: Kind, status: int) -> None:
    async with FaultyServer(http(status, b'{"error": {"message": "no"}}')) as server:
        found = await ask(examiner, kind, SECRET, **_at(kind, server.url))
    assert found.answer is Answer.UNCLEAR
    assert str(status) in found.message


@of_each
@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("Retry-After: 90", 90.0),
        ("Retry-After: 0", 0.0),
        ("Retry-After: 999999", 3600.0),
        ("Retry-After: -5", 0.0),
        (f"Retry-After: {formatdate(1_000_030, usegmt=True)}", 30.0),
        (f"Retry-After: {formatdate(999_000, usegmt=True)}", 0.0),
        ("Retry-After: soon", None),
        ("Retry-After: nan", None),
        ("X-Nothing: 1", None),
    ],
)
async def test_a_limit_says_how_long_it_lasts(
    make_examiner: Callable[..., Examiner], kind: Kind, header: str, seconds: float | None
) -> None:
    examiner = make_examiner(now=lambda: 1_000_000.0)
    async with FaultyServer(http(429, b"", header)) as server:
        found = await ask(examiner, kind, SECRET, **_at(kind, server.url))
    assert (found.answer, found.retry_after) == (Answer.UNCLEAR, seconds)


@of_each
async def test_a_body_without_end_is_left_unread(examiner: Examiner, kind: Kind) -> None:
    async with FaultyServer(http(200, b"x" * 1_000_000, length=10**12), hold=False) as server:
        found = await ask(examiner, kind, SECRET, **_at(kind, server.url))
    assert found.answer is Answer.UNCLEAR


@pytest.mark.parametrize("kind", ["OpenAI", "Anthropic", "AzureOpenAI"])
async def test_a_list_longer_than_is_read_is_a_list(examiner: Examiner, kind: Kind) -> None:
    body = b'{"object": "list", "data": [' + b'{"id": "m"},' * 100_000
    async with FaultyServer(http(200, body, length=10**9)) as server:
        found = await ask(examiner, kind, SECRET, **_at(kind, server.url))
    assert found.answer is Answer.ACCEPTED


@of_each
async def test_a_certificate_nobody_knows_gets_no_credential(
    make_examiner: Callable[..., Examiner], kind: Kind, tmp_path: Path
) -> None:
    files = server_files(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(files.certificate, files.key)
    async with FaultyServer(http(401), tls=context) as server:
        found = await ask(make_examiner(), kind, SECRET, **_at(kind, server.url))
        assert found.answer is Answer.UNCLEAR
        assert "certificate" in found.message
        assert server.received == []
        trusting = make_examiner(tls=ssl.create_default_context(cafile=str(files.ca)))
        found = await ask(trusting, kind, SECRET, **_at(kind, server.url))
    assert found.answer is Answer.REFUSED


@of_each
async def test_nobody_listens(examiner: Examiner, kind: Kind) -> None:
    async with FaultyServer() as server:
        gone = server.url
    found = await ask(examiner, kind, SECRET, **_at(kind, gone))
    assert found.answer is Answer.UNCLEAR
    assert "can't be reached" in found.message


@of_each
async def test_a_name_that_is_not_found(
    examiner: Examiner, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def getaddrinfo(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    found = await ask(examiner, kind, SECRET, **_at(kind, "http://api.example.invalid"))
    assert found.answer is Answer.UNCLEAR
    assert "name can't be found" in found.message


@of_each
@pytest.mark.parametrize("url", ["http://" + "a" * 70, "http://h:99999999", "http://[::", "http://"])
async def test_an_address_nobody_can_read(examiner: Examiner, kind: Kind, url: str) -> None:
    found = await ask(examiner, kind, SECRET, **_at(kind, url))
    assert found.answer is Answer.UNCLEAR
