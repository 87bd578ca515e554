"""Our way to Discord's REST interface on the stand-in, without the rest of a bot."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nextcord.http import Route

from botpod.errors import CredentialRefused
from botpod.gateway.client import BotClient
from botpod.gateway.limits.compose import rest_transport
from botpod.gateway.limits.guard import MOST
from botpod.gateway.rest import Rest
from botpod.state.localrest import LocalRestWindows
from botpod.status import Status

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from botpod.gateway.limits.transport import Transport
    from botpod.state.restwindows import RestWindows


@dataclass
class Noted:
    """What the observer heard."""

    scopes: Counter[str] = field(default_factory=Counter)
    repeats: Counter[str] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)
    recent: int = 0

    def waited(self, seconds: float) -> None:
        self.waits.append(seconds)

    def limited(self, scope: str) -> None:
        self.scopes[scope] += 1

    def repeated(self, why: str) -> None:
        self.repeats[why] += 1

    def invalid(self, recent: int) -> None:
        self.recent = recent


@dataclass
class RestClient:
    """One process's worth of REST."""

    client: BotClient
    rest: Rest
    status: Status
    noted: Noted
    transport: Transport


class OnlyToken:
    """There is no other token to wait for."""

    refused = False

    def __init__(self) -> None:
        self._refusal: CredentialRefused | None = None

    @asynccontextmanager
    async def passing(self, *, since: float) -> AsyncIterator[None]:  # noqa: ARG002 - nothing is waited for
        refusal, self._refusal = self._refusal, None
        if refusal is not None:
            raise refusal
        try:
            yield
        except CredentialRefused as error:
            self._refusal = error
            raise


@asynccontextmanager
async def rest_client(
    api_url: str,
    token: str,
    *,
    windows: RestWindows | None = None,
    most_invalid: int = MOST,
) -> AsyncIterator[RestClient]:
    """Give a client that is ready to ask."""
    Route.BASE = api_url
    status, noted = Status(), Noted()
    transport = rest_transport(
        windows or LocalRestWindows(time.monotonic),
        status=status,
        observer=noted,
        random=random.random,
        clock=asyncio.get_running_loop().time,
        most_invalid=most_invalid,
    )
    client = BotClient(transport)
    client.use_token(token)
    await client.http.recreate()
    try:
        rest = Rest(client, credential="discord-token", token=OnlyToken())
        yield RestClient(client, rest, status, noted, transport)
    finally:
        await client.http.close()
