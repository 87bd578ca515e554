"""Tokens at a server that answers /user as GitHub's description says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from examining import ask
from openapi_descriptions import TALLY, description

from botpod_credentials.verify.answers import Answer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from botpod_credentials.verify.examiner import Examiner

TOKEN = "github_pat_right"
USER = {
    "login": "octocat",
    "id": 1,
    "node_id": "MDQ6VXNlcjE=",
    "avatar_url": "https://example.invalid/a.png",
    "gravatar_id": "",
    "url": "https://example.invalid/users/octocat",
    "html_url": "https://example.invalid/octocat",
    "followers_url": "https://example.invalid/followers",
    "following_url": "https://example.invalid/following",
    "gists_url": "https://example.invalid/gists",
    "starred_url": "https://example.invalid/starred",
    "subscriptions_url": "https://example.invalid/subscriptions",
    "organizations_url": "https://example.invalid/orgs",
    "repos_url": "https://example.invalid/repos",
    "events_url": "https://example.invalid/events",
    "received_events_url": "https://example.invalid/received_events",
    "type": "User",
    "site_admin": False,
    "name": None,
    "company": None,
    "blog": "",
    "location": None,
    "email": None,
    "hireable": None,
    "bio": None,
    "public_repos": 2,
    "public_gists": 1,
    "followers": 20,
    "following": 0,
    "created_at": "2008-01-14T04:33:35Z",
    "updated_at": "2008-01-14T04:33:35Z",
}


class GitHub:
    """Answers as GitHub does; ``refusal`` is what it says to a token that it knows."""

    def __init__(self) -> None:
        self.url = ""
        self.refusal: tuple[int, str, dict[str, str]] | None = None
        self.requests: list[web.BaseRequest] = []

    async def answer(self, request: web.BaseRequest) -> web.Response:
        self.requests.append(request)
        if (request.method, request.path) != ("GET", "/user"):
            return _said(404, "Not Found")
        if not request.headers.get("User-Agent"):
            return _said(403, "Request forbidden by administrative rules.")
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return _said(401, "Bad credentials")
        if self.refusal is not None:
            return _said(*self.refusal)
        return _checked(200, USER, {})


def _said(status: int, message: str, headers: dict[str, str] | None = None) -> web.Response:
    body = {"message": message, "documentation_url": "https://docs.github.com/rest", "status": str(status)}
    return _checked(status, body, headers or {})


def _checked(status: int, body: dict[str, Any], headers: dict[str, str]) -> web.Response:
    if TALLY.compares("github"):
        schema = ["components", "schemas", "public-user" if status == 200 else "basic-error"]
        assert description("github").complaint(schema, body) is None
        assert status in {404, 429} or description("github").has(
            ["paths", "/user", "get", "responses", str(status)]
        )
    return web.json_response(body, status=status, headers=headers)


@pytest.fixture
async def github() -> AsyncIterator[GitHub]:
    made = GitHub()
    runner = web.ServerRunner(web.Server(made.answer))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    made.url = f"http://{host}:{port}"
    yield made
    await runner.cleanup()


async def test_a_token_is_accepted_or_refused(examiner: Examiner, github: GitHub) -> None:
    found = await ask(examiner, "GitHub", TOKEN, github=github.url)
    assert found.answer is Answer.ACCEPTED
    asked = github.requests[0].headers
    assert asked["Accept"] == "application/vnd.github+json"
    assert asked["X-GitHub-Api-Version"] == "2022-11-28"
    found = await ask(examiner, "GitHub", TOKEN + "x", github=github.url)
    assert found.answer is Answer.REFUSED
    assert "developer settings" in found.message


@pytest.mark.parametrize("whose", ["integration", "personal access token"])
async def test_a_token_of_nobody_is_known_all_the_same(
    examiner: Examiner, github: GitHub, whose: str
) -> None:
    github.refusal = (403, f"Resource not accessible by {whose}", {})
    found = await ask(examiner, "GitHub", TOKEN, github=github.url)
    assert found.answer is Answer.ACCEPTED


async def test_the_end_of_the_primary_limit_is_the_time_to_ask_again(
    examiner: Examiner, github: GitHub
) -> None:
    limit = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "99999999999"}
    github.refusal = (403, "API rate limit exceeded for user ID 1.", limit)
    found = await ask(examiner, "GitHub", TOKEN, github=github.url)
    assert (found.answer, found.retry_after) == (Answer.UNCLEAR, 3600.0)
    github.refusal = (403, "You have exceeded a secondary rate limit.", {"Retry-After": "60"})
    found = await ask(examiner, "GitHub", TOKEN, github=github.url)
    assert (found.answer, found.retry_after) == (Answer.UNCLEAR, 60.0)


async def test_a_server_that_is_no_api_names_the_field(examiner: Examiner, github: GitHub) -> None:
    found = await ask(examiner, "GitHub", TOKEN, github=f"{github.url}/api")
    assert found.answer is Answer.UNVERIFIABLE
    assert "spec.github.apiUrl" in found.message
