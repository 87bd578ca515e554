"""OpenAI, or a server that speaks its API: GET /models. What the answers mean is pure."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from botpod_credentials.verify.judging import (
    error_text,
    is_listing,
    phrase,
    usual,
)
from botpod_credentials.verify.service import Service
from botpod_credentials.verify.web import Trouble

if TYPE_CHECKING:
    from botpod_credentials.verify.answers import Said
    from botpod_credentials.verify.web import Response, Web

_LIMITED = ("missing scopes", "insufficient permissions")
_WRONG_PLACE = ("ip not authorized", "ip_not_authorized", "ip allowlist")


def openai(base_url: str) -> Service:
    """Return OpenAI as the class has it."""
    return Service(
        name="OpenAI",
        address=base_url,
        field="spec.providers.openAI.baseUrl",
        noun="key",
        remedy="make a new one in OpenAI's dashboard and write it in this one's place",
    )


async def ask(service: Service, value: str, *, web: Web, now: float) -> Said:
    """Ask for the models; costs nothing and counts as no use."""
    response = await web.get(f"{service.address}/models", {"Authorization": f"Bearer {value}"})
    if isinstance(response, Trouble):
        return service.unclear(response.words)
    return judge(service, response, now=now)


def judge(service: Service, response: Response, *, now: float) -> Said:
    """Return what an answer says of the key.

    A restricted key may be good for answers and not for this list: OpenAI then says "You have insufficient
    permissions for this operation. Missing scopes: …", with 401 (seen in microsoft/PowerToys#32989) or 403,
    of a key that it knows. 401 is also what it says where an IP allow-list stops the caller (its guide of
    error codes: "IP not authorized"); the pods may well come from elsewhere, so that refuses nothing. Other
    403s are about the caller's country.
    """
    if is_listing(response):
        return service.accepted()
    if response.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        said = f"{error_text(response, 'message')} {error_text(response, 'code')}"
        if any(words in said for words in _LIMITED):
            return service.accepted(note=", which doesn't let it list models")
        if any(words in said for words in _WRONG_PLACE):
            return service.unclear(f"its IP allow-list stops the operator ({phrase(response.status)})")
    return usual(service, response, now=now)
