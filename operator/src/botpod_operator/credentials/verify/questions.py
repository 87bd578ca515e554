"""Which question belongs to a kind of credential: each goes to the one address that the class has for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from botpod_operator.credentials.verify import anthropic, azure, discord, openai
from botpod_operator.credentials.verify.answers import Answer, Said

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from botpod_operator.api.credentials import Kind
    from botpod_operator.credentials.verify.service import Service
    from botpod_operator.credentials.verify.web import Web
    from botpod_operator.effective import Addresses


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Something that can be asked of a service with a value in hand; ``parts`` tell it from any other."""

    service: Service
    parts: tuple[str, ...]
    ask: Callable[[str], Awaitable[Said]]


class Questions:
    """Makes the question for each kind."""

    def __init__(self, *, web: Web, now: Callable[[], float]) -> None:
        self._web = web
        self._now = now

    def of(self, kind: Kind, addresses: Addresses) -> Question | Said:
        """Return the question, or why there is none."""
        match kind:
            case "DiscordToken":
                return self._http(discord.discord(addresses.discord), discord.ask)
            case "OpenAI":
                return self._http(openai.openai(addresses.openai), openai.ask)
            case "Anthropic":
                return self._http(anthropic.anthropic(addresses.anthropic), anthropic.ask)
            case "AzureOpenAI":
                return self._azure(addresses)
            case _:
                return Said(
                    answer=Answer.UNVERIFIABLE, message=f"nobody can be asked about a key of kind {kind}"
                )

    def _azure(self, addresses: Addresses) -> Question | Said:
        version = addresses.azure_api_version
        if addresses.azure_openai is None or version is None:
            return _nowhere("Azure OpenAI", "spec.providers.azureOpenAI")
        ask = partial(azure.ask, api_version=version)
        return self._http(azure.azure(addresses.azure_openai), ask, version)

    def _http(self, service: Service, ask: Callable[..., Awaitable[Said]], *more: str) -> Question:
        async def asking(value: str) -> Said:
            if not (value.isascii() and value.isprintable()):
                return service.refused(
                    "it wasn't even sent: it holds a line break or another character that none of its "
                    f"{service.noun}s has"
                )
            return await ask(service, value, web=self._web, now=self._now())

        return Question(service=service, parts=(service.name, service.address, *more), ask=asking)


def _nowhere(name: str, field: str) -> Said:
    message = f"the BotClass has no {field}, so {name} can't be asked"
    return Said(answer=Answer.UNVERIFIABLE, message=message)
