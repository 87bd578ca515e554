"""Turns what nextcord and aiohttp raise into the errors the rest of the bot knows."""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, cast

import aiohttp
import nextcord

from botpod.errors import BotpodError, CredentialRefused, Forbidden, Gone, Rejected, Transient
from botpod.gateway.limits.answers import retry_after
from botpod.gateway.limits.deadline import REST_SECONDS, within
from botpod.gateway.limits.targets import target

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

_ALREADY_ANSWERED = 40060
_TOO_MANY = 429
_UNAUTHORISED = 401
_FORBIDDEN = 403
_GONE = frozenset({10003, 10008, 10015, 10062, 50083})
"""Unknown channel, message, webhook (an interaction's time is over), interaction; an archived thread."""
_SERVER = 500
_API = re.compile(r"^.*?/v\d+(?=/)")
"""What comes before a path of Discord's: the API's version, and whatever a proxy of yours is at."""


class AlreadyAnswered(Rejected):
    """The interaction has its first answer: from us, before, or from another pod."""


def _from_status(error: nextcord.HTTPException, credential: str | None) -> BotpodError:
    # nextcord's text quotes Discord's, never a header.
    route = _route(cast("aiohttp.ClientResponse", error.response))
    said = f"Discord answered {error.status} (code {error.code}) to {route}: {error.text[:200]}"
    if error.code == _ALREADY_ANSWERED:
        return AlreadyAnswered(said)
    if error.status == _UNAUTHORISED and credential is not None:
        return CredentialRefused(f"Discord refused the token. {said}", credential=credential)
    if error.status == _TOO_MANY or error.status >= _SERVER:
        return Transient(said, retry_after=retry_after(error.response.headers, None))
    if error.code in _GONE:
        return Gone(said)
    return Forbidden(said, code=error.code) if error.status == _FORBIDDEN else Rejected(said)


def _route(response: aiohttp.ClientResponse) -> str:
    """Return what was asked for, without ids and tokens."""
    below = _API.sub("", response.request_info.url.path, count=1)
    return target(response.method, below, authorised=True).route


@contextmanager
def understood() -> Iterator[None]:
    """Read an answer inside; one of another shape comes from somebody else than Discord."""
    try:
        yield
    except (LookupError, TypeError, ValueError):
        raise Transient("What answers at discord.apiUrl is not Discord; check the address.") from None


@asynccontextmanager
async def translated(*, credential: str | None = None, seconds: float = REST_SECONDS) -> AsyncIterator[None]:
    """Bound what is done inside by ``seconds``; raise only our own errors.

    ``credential`` names what a 401 is about; leave it out where the call carries no bot token.
    """
    try:
        with within(seconds) as moment:
            async with asyncio.timeout_at(moment):
                yield
    except TimeoutError:
        raise Transient(f"Discord did not answer within {seconds:g} s.") from None
    except nextcord.HTTPException as error:
        raise _from_status(error, credential) from None
    except (aiohttp.ClientError, OSError) as error:
        raise Transient(f"Discord can't be reached: {type(error).__name__}: {error}") from None
    except nextcord.DiscordException as error:
        raise Transient(f"Talking to Discord failed: {type(error).__name__}: {error}") from None
