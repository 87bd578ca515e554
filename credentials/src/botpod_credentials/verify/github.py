"""GitHub: GET /user. What the answers mean is pure."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from botpod_credentials.verify.judging import fields, phrase, usual
from botpod_credentials.verify.retryafter import retry_after
from botpod_credentials.verify.service import Service
from botpod_credentials.verify.web import Trouble

if TYPE_CHECKING:
    from botpod_credentials.verify.answers import Said
    from botpod_credentials.verify.web import Response, Web

HEADERS = {
    "Accept": "application/vnd.github+json",
    "X-GitHub-Api-Version": "2022-11-28",
    # GitHub answers 403 to those who don't say who they are.
    "User-Agent": "botpod-operator",
}
_LIMITED = "resource not accessible by "
"""Followed by "integration" or "personal access token"."""


def github(api_url: str) -> Service:
    """Return GitHub as the class has it."""
    return Service(
        name="GitHub",
        address=api_url,
        field="spec.github.apiUrl",
        noun="token",
        remedy="make a new one in GitHub's developer settings and write it in this one's place",
    )


async def ask(service: Service, value: str, *, web: Web, now: float) -> Said:
    """Ask whose token it is."""
    headers = {**HEADERS, "Authorization": f"Bearer {value}"}
    response = await web.get(f"{service.address}/user", headers)
    if isinstance(response, Trouble):
        return service.unclear(response.words)
    return judge(service, response, now=now)


def judge(service: Service, response: Response, *, now: float) -> Said:
    """Return what an answer says of the token.

    401 ("Bad credentials") is an unknown, expired or revoked token. An installation token of a GitHub App
    belongs to no user and gets 403 "Resource not accessible by integration" here although it is good for its
    repositories (actions/create-github-app-token#258), and fine-grained tokens get the same sentence wherever
    they lack a permission: GitHub says so only of tokens that it knows, a wrong one gets 401. Other 403s are
    limits and bans of the caller; a primary limit says its end in X-RateLimit-Reset.
    """
    found = fields(response)
    if response.status == HTTPStatus.OK and isinstance(found.get("login"), str):
        return service.accepted()
    if response.status == HTTPStatus.FORBIDDEN:
        message = found.get("message")
        if isinstance(message, str) and message.lower().startswith(_LIMITED):
            return service.accepted(note=", and belongs to no user that it would name")
        return service.unclear(
            f"it answered {phrase(response.status)}", retry_after=retry_after(response.headers, now=now)
        )
    return usual(service, response, now=now)
