"""Builds pydantic-ai's models; a vendor's package is imported only when a model of that vendor is configured.

Each costs 15 to 50 MiB and half a second to two seconds.
"""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING

from botpod.config.schema import Provider
from botpod.models.counting import count_tokens_only

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import httpx2
    from openai import AsyncOpenAI
    from pydantic_ai.models import Model
    from pydantic_ai.providers import Provider as Vendor
    from pydantic_ai.settings import ModelSettings

    from botpod.config.schema import ModelSection

_CONNECT_SECONDS = 10.0
_CONNECTIONS = 128
_OPENAI = (
    "pydantic_ai.models.openai",
    "openai.resources.chat.chat",
    "openai.resources.chat.completions.completions",
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
        self._client: httpx2.AsyncClient | None = None

    def model(self, section: ModelSection, secret: str | None) -> Model:
        """Return a model that uses ``secret`` for every request; it never retries by itself."""
        count_tokens_only()
        match section.provider:
            case Provider.OPENAI:
                return self._openai(section, secret)
            case Provider.AZURE_OPENAI:
                return self._azure(section, secret)
            case Provider.ANTHROPIC:
                return self._anthropic(section, secret)

    def _openai(self, section: ModelSection, secret: str | None) -> Model:
        from openai import AsyncOpenAI, Omit  # noqa: PLC0415 - see the module's docstring
        from pydantic_ai.providers.openai import OpenAIProvider  # noqa: PLC0415

        client = AsyncOpenAI(
            base_url=section.base_url,
            api_key=secret or "none",
            organization=None,
            project=None,
            http_client=self._http(),
            max_retries=0,
        )
        settings = _settings(section, reasons=_reasons(section))
        if not secret:
            # A compatible server without a key must not be sent a made-up one; the SDK insists on having one.
            settings["extra_headers"] = {"Authorization": Omit()}  # type: ignore[dict-item] # as the SDK's own
        return _chat(section, OpenAIProvider(openai_client=client), settings)

    def _azure(self, section: ModelSection, secret: str | None) -> Model:
        from openai import AsyncAzureOpenAI  # noqa: PLC0415 - see the module's docstring
        from pydantic_ai.providers.azure import AzureProvider  # noqa: PLC0415

        client = AsyncAzureOpenAI(
            azure_endpoint=section.base_url,
            api_version=section.api_version,
            api_key=secret,
            http_client=self._http(),
            max_retries=0,
        )
        settings = _settings(section, reasons=_reasons(section))
        return _chat(section, AzureProvider(openai_client=client), settings)

    def _anthropic(self, section: ModelSection, secret: str | None) -> Model:
        from anthropic import AsyncAnthropic  # noqa: PLC0415 - see the module's docstring
        from pydantic_ai.models.anthropic import AnthropicModel  # noqa: PLC0415
        from pydantic_ai.providers.anthropic import AnthropicProvider  # noqa: PLC0415

        client = AsyncAnthropic(
            base_url=section.base_url, api_key=secret, http_client=self._http(), max_retries=0
        )
        return AnthropicModel(
            section.model, provider=AnthropicProvider(anthropic_client=client), settings=_settings(section)
        )

    def _http(self) -> httpx2.AsyncClient:
        if self._client is None:
            import httpx2  # noqa: PLC0415 - see the module's docstring

            # Reading has its own, finer time-outs in endpoint.py.
            self._client = httpx2.AsyncClient(
                timeout=httpx2.Timeout(None, connect=_CONNECT_SECONDS, pool=_CONNECT_SECONDS),
                limits=httpx2.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=16),
            )
        return self._client

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()


def _chat(section: ModelSection, provider: Vendor[AsyncOpenAI], settings: ModelSettings) -> Model:
    from pydantic_ai.models.openai import OpenAIChatModel  # noqa: PLC0415 - see the module's docstring
    from pydantic_ai.profiles.openai import OpenAIModelProfile  # noqa: PLC0415

    profile = OpenAIModelProfile(openai_chat_streaming_requires_finish_reason=True)
    return OpenAIChatModel(section.model, provider=provider, profile=profile, settings=settings)


def _reasons(section: ModelSection) -> bool:
    from pydantic_ai.profiles.openai import openai_model_profile  # noqa: PLC0415 - see the module's docstring

    return bool(openai_model_profile(section.model).get("thinking_enabled_by_default"))


def _settings(section: ModelSection, *, reasons: bool = False) -> ModelSettings:
    from pydantic_ai.settings import ModelSettings  # noqa: PLC0415 - see the module's docstring

    settings = ModelSettings(max_tokens=section.max_tokens)
    if section.temperature is not None:
        settings["temperature"] = section.temperature
    if reasons:
        # Reasoning counts against max_tokens: at its default it often leaves nothing for the answer itself.
        settings["thinking"] = "low"
    return settings
