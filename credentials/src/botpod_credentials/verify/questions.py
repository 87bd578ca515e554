"""Which question belongs to a kind of credential: each goes to the one address that the class has for it."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from botpod_credentials.verify import anthropic, azure, discord, github, openai, postgresql, redis
from botpod_credentials.verify.answers import Answer, Said

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from botpod_credentials.addresses import Addresses
    from botpod_credentials.keys import Kind
    from botpod_credentials.verify.service import Service
    from botpod_credentials.verify.web import Web


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Something that can be asked of a service with a value in hand; ``parts`` tell it from any other."""

    service: Service
    parts: tuple[str, ...]
    ask: Callable[[str], Awaitable[Said]]


class Questions:
    """Makes the question for each kind."""

    def __init__(
        self, *, web: Web, now: Callable[[], float], tls: Callable[[], ssl.SSLContext], seconds: float
    ) -> None:
        self._web = web
        self._now = now
        self._tls = tls
        self._seconds = seconds

    def of(self, kind: Kind, addresses: Addresses) -> Question | Said:
        """Return the question, or why there is none."""
        match kind:
            case "DiscordToken":
                found: Question | Said = self._http(discord.discord(addresses.discord), discord.ask)
            case "OpenAI":
                found = self._http(openai.openai(addresses.openai), openai.ask)
            case "Anthropic":
                found = self._http(anthropic.anthropic(addresses.anthropic), anthropic.ask)
            case "AzureOpenAI":
                found = self._azure(addresses)
            case "GitHub":
                found = self._http(github.github(addresses.github), github.ask)
            case "Redis":
                found = self._redis(addresses)
            case "PostgreSQL":
                found = self._postgresql(addresses)
            case "Opaque":
                found = Said(
                    answer=Answer.UNVERIFIABLE, message="nobody can be asked about a key of kind Opaque"
                )
        return found

    def _azure(self, addresses: Addresses) -> Question | Said:
        version = addresses.azure_api_version
        if addresses.azure_openai is None or version is None:
            return _nowhere("Azure OpenAI", "spec.providers.azureOpenAI")
        ask = partial(azure.ask, api_version=version)
        return self._http(azure.azure(addresses.azure_openai), ask, version)

    def _redis(self, addresses: Addresses) -> Question | Said:
        if addresses.redis is None:
            return _nowhere("Redis", "spec.state.redis")
        service = redis.redis(addresses.redis)
        return self._login(redis.ask, service, addresses.redis_ca, logins=addresses.redis_logins)

    def _postgresql(self, addresses: Addresses) -> Question | Said:
        if addresses.postgresql is None:
            return _nowhere("PostgreSQL", "spec.state.postgresql")
        service = postgresql.postgresql(addresses.postgresql)
        return self._login(
            postgresql.ask, service, addresses.postgresql_ca, logins=addresses.postgresql_logins
        )

    def _login(
        self, asked: Callable[..., Awaitable[Said]], service: Service, ca: str | None, *, logins: bool
    ) -> Question:
        async def asking(value: str) -> Said:
            user, colon, password = value.partition(":") if logins else (None, ":", value)
            if not colon:
                return service.refused("it isn't a user and a password, parted by a colon")
            tls = self._tls if ca is None else partial(ssl.create_default_context, cadata=ca)
            return await asked(service, password, user=user, ca=ca, tls=tls, seconds=self._seconds)

        return Question(
            service=service, parts=(service.name, service.address, ca or "", str(logins)), ask=asking
        )

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
