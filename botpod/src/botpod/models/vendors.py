"""Builds pydantic-ai's models; a vendor's package is imported only when a model of that vendor is configured.

Each costs 15 to 50 MiB and half a second to two seconds.
"""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING

from botpod.config.schema import Provider
from botpod.models.counting import count_tokens_only
from botpod.models.dialect import THINKING_ROOM
from botpod.models.dialect import of as spoken

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import httpx2
    from openai import AsyncOpenAI
    from pydantic_ai.models import Model
    from pydantic_ai.providers import Provider as Vendor
    from pydantic_ai.settings import ModelSettings

    from botpod.config.schema import ModelSection
    from botpod.models.dialect import Dialect

_CONNECT_SECONDS = 10.0
_CONNECTIONS = 128
_NO_KEY = "none"
"""What the SDKs are given without a credential: they insist on one, or look for one in variables and in the
home directory. It isn't sent."""
_NO_TAGS = ("\0", "\0")
"""Thoughts are told apart in thoughts.py, in any pieces; pydantic-ai knows their tags in one piece only."""
_OPENAI = (
    "pydantic_ai.models.openai",
    "openai.resources.chat.chat",
    "openai.resources.chat.completions.completions",
    "botpod.models.chatcompletions",
)
_MODULES: Mapping[Provider, tuple[str, ...]] = {
    Provider.OPENAI: (*_OPENAI, "pydantic_ai.providers.openai"),
    Provider.AZURE_OPENAI: (*_OPENAI, "pydantic_ai.providers.azure"),
    Provider.ANTHROPIC: (
        "pydantic_ai.models.anthropic",
        "pydantic_ai.providers.anthropic",
        "anthropic.resources.beta",
    ),
}


async def warm(sections: Iterable[ModelSection]) -> None:
    """Import what the configured models need, off the event loop, so that no question waits for it."""
    modules = {module for section in sections for module in _MODULES[section.provider]}
    for module in ("pydantic_ai.direct", *sorted(modules)) if modules else ():
        await asyncio.to_thread(import_module, module)


class Vendors:
    """Builds models that share one pool of connections."""

    def __init__(self) -> None:
        self._connections: httpx2.AsyncHTTPTransport | None = None
        self._clients: dict[str | None, httpx2.AsyncClient] = {}

    def model(self, section: ModelSection, secret: str | None, dialect: Dialect | None = None) -> Model:
        """Return a model that uses ``secret`` for every request; it never retries by itself."""
        count_tokens_only()
        dialect = dialect or spoken(section)
        match section.provider:
            case Provider.OPENAI:
                return _chat(section, self._openai(section, secret), dialect)
            case Provider.AZURE_OPENAI:
                return _chat(section, self._azure(section, secret), dialect)
            case Provider.ANTHROPIC:
                return self._anthropic(section, secret, dialect)

    def _openai(self, section: ModelSection, secret: str | None) -> Vendor[AsyncOpenAI]:
        from openai import AsyncOpenAI  # noqa: PLC0415 - see the module's docstring
        from pydantic_ai.providers.openai import OpenAIProvider  # noqa: PLC0415

        client = AsyncOpenAI(
            base_url=section.base_url,
            api_key=secret or _NO_KEY,
            default_headers={"Authorization": f"Bearer {secret or _NO_KEY}"},
            http_client=self._http("authorization" if secret else None),
            max_retries=0,
        )
        return OpenAIProvider(openai_client=client)

    def _azure(self, section: ModelSection, secret: str | None) -> Vendor[AsyncOpenAI]:
        from openai import AsyncAzureOpenAI  # noqa: PLC0415 - see the module's docstring
        from pydantic_ai.providers.azure import AzureProvider  # noqa: PLC0415

        client = AsyncAzureOpenAI(
            azure_endpoint=section.base_url,
            api_version=section.api_version,
            api_key=secret or _NO_KEY,
            default_headers={"api-key": secret or _NO_KEY},
            http_client=self._http("api-key" if secret else None),
            max_retries=0,
        )
        return AzureProvider(openai_client=client)

    def _anthropic(self, section: ModelSection, secret: str | None, dialect: Dialect) -> Model:
        from anthropic import AsyncAnthropic  # noqa: PLC0415 - see the module's docstring
        from pydantic_ai.models.anthropic import AnthropicModel  # noqa: PLC0415
        from pydantic_ai.providers.anthropic import AnthropicProvider  # noqa: PLC0415

        client = AsyncAnthropic(
            base_url=section.base_url,
            api_key=secret or _NO_KEY,
            default_headers={"X-Api-Key": secret or _NO_KEY},
            http_client=self._http("x-api-key" if secret else None),
            max_retries=0,
        )
        return AnthropicModel(
            section.model,
            provider=AnthropicProvider(anthropic_client=client),
            settings=_settings(section, dialect),
        )

    def _http(self, credential: str | None) -> httpx2.AsyncClient:
        """Return the client that sends the header ``credential``, and no other that could hold one."""
        import httpx2  # noqa: PLC0415 - see the module's docstring

        from botpod.models.transport import BoundedTransport  # noqa: PLC0415 - the same

        if self._connections is None:
            self._connections = httpx2.AsyncHTTPTransport(
                # SSL_CERT_FILE adds an authority, as a server of one's own needs: it says not where to send.
                verify=httpx2.create_ssl_context(),
                limits=httpx2.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=16),
                trust_env=False,
            )
        if credential not in self._clients:
            self._clients[credential] = httpx2.AsyncClient(
                transport=BoundedTransport(self._connections, credential=credential),
                # Reading has its own, finer time-outs in endpoint.py.
                timeout=httpx2.Timeout(None, connect=_CONNECT_SECONDS, pool=_CONNECT_SECONDS),
                follow_redirects=False,
                trust_env=False,
            )
        return self._clients[credential]

    async def close(self) -> None:
        """Close the connections."""
        for client in self._clients.values():
            await client.aclose()
        if self._connections is not None:
            await self._connections.aclose()


def _chat(section: ModelSection, provider: Vendor[AsyncOpenAI], dialect: Dialect) -> Model:
    from pydantic_ai.profiles.openai import OpenAIModelProfile  # noqa: PLC0415 - see the module's docstring

    from botpod.models.chatcompletions import ChatCompletions  # noqa: PLC0415 - the same

    profile = OpenAIModelProfile(
        openai_chat_streaming_requires_finish_reason=section.compatibility.requires_finish_reason,
        openai_chat_supports_max_completion_tokens=dialect.limit == "max_completion_tokens",
        thinking_tags=_NO_TAGS,
    )
    return ChatCompletions(
        section.model,
        provider=provider,
        profile=profile,
        settings=_settings(section, dialect, reasons=_reasons(section)),
        usage="stream_options" not in dialect.without,
    )


def _reasons(section: ModelSection) -> bool:
    from pydantic_ai.profiles.openai import openai_model_profile  # noqa: PLC0415 - see the module's docstring

    return bool(openai_model_profile(section.model).get("thinking_enabled_by_default"))


def _settings(section: ModelSection, dialect: Dialect, *, reasons: bool = False) -> ModelSettings:
    from pydantic_ai.settings import ModelSettings  # noqa: PLC0415 - see the module's docstring

    # Reasoning counts against the bound: without room of its own it often leaves nothing for the answer.
    room = max(dialect.room, THINKING_ROOM if reasons else 0)
    settings = ModelSettings(max_tokens=section.max_tokens + room)
    if section.temperature is not None and "temperature" not in dialect.without:
        settings["temperature"] = section.temperature
    if reasons and "reasoning_effort" not in dialect.without:
        settings["thinking"] = "low"
    return settings
