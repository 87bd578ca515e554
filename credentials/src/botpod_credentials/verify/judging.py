"""What an HTTP answer says of a credential where a service has no words of its own for it. Pure."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from botpod_credentials.verify.retryafter import retry_after

if TYPE_CHECKING:
    from botpod_credentials.verify.answers import Said
    from botpod_credentials.verify.service import Service
    from botpod_credentials.verify.web import Response

NO_SUCH_QUESTION = frozenset(
    {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED}
)
_REDIRECTS = range(300, 400)


def usual(service: Service, response: Response, *, now: float) -> Said:
    """Return what a status means wherever nothing better is known of the service."""
    status = response.status
    if status == HTTPStatus.UNAUTHORIZED:
        return service.refused(phrase(status))
    if status in NO_SUCH_QUESTION:
        return service.unverifiable(
            f"it has no such address ({phrase(status)}); correct {service.field} of the BotClass if it should"
        )
    if status in _REDIRECTS:
        return service.unclear(
            f"it redirects elsewhere ({phrase(status)}), where no credential is sent; "
            f"set {service.field} of the BotClass to its own address"
        )
    if status == HTTPStatus.OK:
        return service.unclear(
            f"its answer isn't what {service.name} answers; check {service.field} of the BotClass"
        )
    return service.unclear(
        f"it answered {phrase(status)}", retry_after=retry_after(response.headers, now=now)
    )


def phrase(status: int) -> str:
    """Return a status as people write it; a server's own reason is never shown."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def fields(response: Response) -> dict[str, Any]:
    """Return the JSON object of an answer; empty where it is none."""
    try:
        found = json.loads(response.body) if response.whole else None
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def error_text(response: Response, name: str) -> str:
    """Return a field of ``error``, in which the model vendors explain themselves, in lower case; else ""."""
    error = fields(response).get("error")
    found = error.get(name) if isinstance(error, dict) else None
    return found.lower() if isinstance(found, str) else ""


def is_listing(response: Response) -> bool:
    """Say whether an answer is a list of models.

    Aggregators list more than is read: there the beginning decides.
    """
    if response.status != HTTPStatus.OK:
        return False
    if not response.whole:
        return response.body.lstrip().startswith(b"{") and b'"data"' in response.body
    return isinstance(fields(response).get("data"), list)
