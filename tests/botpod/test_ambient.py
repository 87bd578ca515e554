"""What the environment says to libraries: nothing of it leads a credential or a word elsewhere."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from eventually import eventually

from botpod.ambient import forget
from botpod.config.schema import ModelSection, Provider
from botpod.models.fallback import ConfiguredModels
from botpod.skills.protocol import Turn
from botpod_local.models import ModelsServer, Vendor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot_process import MakeProcess

    from botpod_local.discord import DiscordServer


def section(server: ModelsServer, provider: Provider, credential: str | None) -> ModelSection:
    urls = {
        Provider.OPENAI: server.openai_url,
        Provider.AZURE_OPENAI: server.azure_url,
        Provider.ANTHROPIC: server.anthropic_url,
    }
    return ModelSection.model_validate(
        {
            "name": "m",
            "provider": provider,
            "model": "m",
            "baseUrl": urls[provider],
            "credential": credential,
            "apiVersion": "2024-10-21" if provider is Provider.AZURE_OPENAI else None,
        }
    )


VENDORS = {
    Provider.OPENAI: Vendor.OPENAI,
    Provider.AZURE_OPENAI: Vendor.AZURE,
    Provider.ANTHROPIC: Vendor.ANTHROPIC,
}


@asynccontextmanager
async def listening(calls: list[bytes]) -> AsyncIterator[str]:
    """Listen for whoever is led here, and note what they say."""

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        calls.append(await reader.read(1000))
        writer.close()

    server = await asyncio.start_server(hear, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


def hostile(address: str) -> dict[str, str]:
    url = f"http://{address}"
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "WS_PROXY", "WSS_PROXY"), url)
    headers = "Authorization: theirs\nX-Api-Key: theirs\napi-key: theirs\nX-Theirs: theirs\nHost: theirs"
    return {
        **proxies,
        **{name.lower(): value for name, value in proxies.items()},
        "NO_PROXY": "",
        "no_proxy": "",
        "OPENAI_BASE_URL": f"{url}/v1",
        "OPENAI_API_KEY": "theirs",
        "OPENAI_ADMIN_KEY": "theirs",
        "OPENAI_ORG_ID": "theirs",
        "OPENAI_PROJECT_ID": "theirs",
        "OPENAI_CUSTOM_HEADERS": headers,
        "OPENAI_LOG": "debug",
        "AZURE_OPENAI_ENDPOINT": url,
        "AZURE_OPENAI_AD_TOKEN": "theirs",
        "AZURE_OPENAI_API_KEY": "theirs",
        "ANTHROPIC_BASE_URL": url,
        "ANTHROPIC_API_KEY": "theirs",
        "ANTHROPIC_AUTH_TOKEN": "theirs",
        "ANTHROPIC_CUSTOM_HEADERS": headers,
        "ANTHROPIC_LOG": "debug",
        "OTEL_EXPORTER_OTLP_ENDPOINT": url,
    }


@pytest.mark.timeout(240)
@pytest.mark.attack("proxy_from_the_environment")
async def test_no_variable_leads_a_process_elsewhere(
    discord: DiscordServer,
    models: ModelsServer,
    bot_process: MakeProcess,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for kind in ("anthropic", "azure"):
        (tmp_path / "credentials" / f"{kind}-api-key").write_text(f"sk-the-{kind}-key-of-the-test")
    calls: list[bytes] = []
    async with listening(calls) as address:
        for name, value in hostile(address).items():
            monkeypatch.setenv(name, value)
        keys = {"openai": "OpenAI", "azure": "AzureOpenAI", "anthropic": "Anthropic"}
        urls = {"openai": models.openai_url, "azure": models.azure_url, "anthropic": models.anthropic_url}
        bot = await bot_process(
            credentials={
                "directory": str(tmp_path / "credentials"),
                "keys": [
                    {"name": "discord-token", "kind": "DiscordToken"},
                    *({"name": f"{name}-api-key", "kind": kind} for name, kind in keys.items()),
                ],
            },
            models=[
                {
                    "name": name,
                    "provider": kind,
                    "model": "m",
                    "baseUrl": urls[name],
                    "credential": f"{name}-api-key",
                    **({"apiVersion": "2024-10-21"} if name == "azure" else {}),
                }
                for name, kind in keys.items()
            ],
        )
        for vendor in (Vendor.OPENAI, Vendor.AZURE):
            models.control.fail(500, times=None, vendor=vendor)
        discord.people.post("general", "ada", "!ask echo hello")
        me = str(discord.application.bot_user_id)
        await eventually(
            lambda: [one for one in discord.looking.messages("general") if one["author"]["id"] == me],
            seconds=60,
        )
        assert await bot.stop() == 0
    assert calls == []
    asked = {exchange.vendor: exchange for exchange in models.control.requests}
    assert set(asked) == {Vendor.OPENAI, Vendor.AZURE, Vendor.ANTHROPIC}
    for exchange in asked.values():
        assert "theirs" not in str(exchange.headers)
    assert asked[Vendor.ANTHROPIC].key == "sk-the-anthropic-key-of-the-test"
    assert "DEBUG" not in {line["level"] for line in bot.lines}


def test_what_a_library_would_read_is_forgotten_and_nothing_else() -> None:
    environ = {"https_proxy": "x", "NO_PROXY": "x", "Openai_Log": "x", "NETRC": "x", "PATH": "p", "HOME": "h"}
    forget(environ)
    assert environ == {"PATH": "p", "HOME": "h"}


@pytest.mark.parametrize("credential", ["key", None])
@pytest.mark.parametrize("provider", list(VENDORS))
@pytest.mark.attack("proxy_from_the_environment")
async def test_the_sdks_by_themselves_use_nothing_but_what_is_configured(
    models: ModelsServer, provider: Provider, credential: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[bytes] = []
    models.control.accept_any(VENDORS[provider], keyless=True)
    async with listening(calls) as address:
        for name, value in hostile(address).items():
            monkeypatch.setenv(name, value)
        asked = ConfiguredModels([section(models, provider, credential)], secret=lambda _: "sk-ours")
        await asked.warm()
        pieces = asked.answer((Turn(role="user", content="hi"),), instructions="", correlation_id="c")
        assert [piece async for piece in pieces]
        await asked.close()
    assert calls == []
    (exchange,) = models.control.requests
    assert "theirs" not in str(exchange.headers)
    assert exchange.key == ("sk-ours" if credential else "")
