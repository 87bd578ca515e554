"""Discord: whose token it is, and which application's. What the answers mean is pure."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from botpod_credentials.verify.judging import (
    NO_SUCH_QUESTION,
    fields,
    phrase,
    usual,
)
from botpod_credentials.verify.service import Service
from botpod_credentials.verify.web import Trouble

if TYPE_CHECKING:
    from botpod_credentials.verify.answers import Said
    from botpod_credentials.verify.web import Response, Web

USER_AGENT = "DiscordBot (botpod-operator, 0.1)"
"""In the form that Discord's reference asks for; its edge may block others."""
_SNOWFLAKE = re.compile(r"[0-9]{1,20}")


def discord(api_url: str) -> Service:
    """Return Discord as the class has it."""
    return Service(
        name="Discord",
        address=api_url,
        field="spec.discord.apiUrl",
        noun="token",
        remedy="reset it on the Bot page of Discord's developer portal and write the new one in its place",
    )


async def ask(service: Service, value: str, *, web: Web, now: float) -> Said:
    """Ask who the bot is, then which application it belongs to.

    The second can't be taken from the first: applications of before 2016 have another id than their bots.
    """
    mistake = _written_around(value)
    if mistake is not None:
        return service.refused(f"it is written with {mistake}", remedy=f"write it again without {mistake}")
    headers = {"Authorization": f"Bot {value}", "User-Agent": USER_AGENT}
    user = await web.get(f"{service.address}/users/@me", headers)
    if isinstance(user, Trouble):
        return service.unclear(user.words)
    if identified(user) is None:
        return refusal(service, user, now=now)
    application = await web.get(f"{service.address}/applications/@me", headers)
    if isinstance(application, Trouble):
        return service.unclear(application.words)
    found = identified(application)
    if found is None:
        return refusal(service, application, now=now)
    return service.accepted(application_id=found)


def _written_around(value: str) -> str | None:
    """Return what is around or before a token that may be a good one: resetting it would break that."""
    text = value.strip()
    if text[:1] in {'"', "'"} or text[-1:] in {'"', "'"}:
        return "quotes"
    return '"Bot " before it' if text[:4].lower() == "bot " else None


def identified(response: Response) -> str | None:
    """Return the id of the user or application in an answer; None where it holds none."""
    found = fields(response).get("id") if response.status == HTTPStatus.OK else None
    return found if isinstance(found, str) and _SNOWFLAKE.fullmatch(found) else None


def refusal(service: Service, response: Response, *, now: float) -> Said:
    """Return what an answer without an id says of the token.

    401 is an invalid token (Discord's reference; each one counts against 10,000 in 10 minutes for the
    caller's address, after which its edge bans that for a while with 403 or 429). So 403 says nothing of the
    token: code 40333 too is the edge's (discord/discord-api-docs#6473). Every Discord has these two
    addresses: 404 means that it isn't one, and 400 that it hasn't this version of the API.
    """
    if response.status in NO_SUCH_QUESTION | {HTTPStatus.BAD_REQUEST}:
        return service.unclear(
            f"it answered {phrase(response.status)}; correct {service.field} of the BotClass, "
            "which ends with the API's version"
        )
    return usual(service, response, now=now)
