"""pydantic-ai's chat completions for servers that know less than OpenAI. Imports the SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, override

from openai import Omit
from pydantic_ai.models.openai import OpenAIChatModel

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai.types.chat import ChatCompletionStreamOptionsParam
    from pydantic_ai.models.openai import OpenAIChatModelSettings
    from pydantic_ai.profiles.openai import OpenAIModelProfile
    from pydantic_ai.providers import Provider
    from pydantic_ai.settings import ModelSettings


class ChatCompletions(OpenAIChatModel):
    """Asks without ``stream_options`` where the server doesn't know them: nothing is counted then."""

    def __init__(
        self,
        name: str,
        *,
        provider: Provider[AsyncOpenAI],
        profile: OpenAIModelProfile,
        settings: ModelSettings,
        usage: bool,
    ) -> None:
        super().__init__(name, provider=provider, profile=profile, settings=settings)
        self._usage = usage

    @override
    def _get_stream_options(
        self, model_settings: OpenAIChatModelSettings
    ) -> ChatCompletionStreamOptionsParam:
        left_out: Any = Omit()
        return super()._get_stream_options(model_settings) if self._usage else left_out
