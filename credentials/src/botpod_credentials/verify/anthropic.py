"""Anthropic: GET /v1/models. What the answers mean is pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_credentials.verify.judging import is_listing, usual
from botpod_credentials.verify.service import Service
from botpod_credentials.verify.web import Trouble

if TYPE_CHECKING:
    from botpod_credentials.verify.answers import Said
    from botpod_credentials.verify.web import Response, Web

VERSION = "2023-06-01"
"""The API's version; required with every request."""


def anthropic(base_url: str) -> Service:
    """Return Anthropic as the class has it."""
    return Service(
        name="Anthropic",
        address=base_url,
        field="spec.providers.anthropic.baseUrl",
        noun="key",
        remedy="make a new one in Anthropic's console and write it in this one's place",
    )


async def ask(service: Service, value: str, *, web: Web, now: float) -> Said:
    """Ask for one model; costs nothing."""
    headers = {"x-api-key": value, "anthropic-version": VERSION}
    response = await web.get(f"{service.address}/v1/models?limit=1", headers)
    if isinstance(response, Trouble):
        return service.unclear(response.words)
    return judge(service, response, now=now)


def judge(service: Service, response: Response, *, now: float) -> Said:
    """Return what an answer says of the key.

    401 with ``authentication_error`` is a malformed, revoked or expired key (its page of errors). 403 stays
    unclear: "Request not allowed" is about where the caller is, and ``permission_error`` is said of keys that
    work elsewhere and of logins that were revoked alike.
    """
    if is_listing(response):
        return service.accepted()
    return usual(service, response, now=now)
