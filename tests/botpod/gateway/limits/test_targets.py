from __future__ import annotations

import base64
from string import ascii_letters, digits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botpod.gateway.limits.targets import target

INTERACTION = base64.urlsafe_b64encode(b"interaction:1573851652941676550:secret").decode().rstrip("=")
IDS = st.integers(1, 2**63).map(str)
TOKENS = st.text(ascii_letters + digits + "-_", min_size=20, max_size=80)


@pytest.mark.parametrize(
    ("method", "path", "route", "resource"),
    [
        ("GET", "/users/@me", "GET /users/@me", ""),
        ("POST", "/channels/1/messages", "POST /channels/{}/messages", "channels/1"),
        ("PATCH", "/channels/1/messages/2", "PATCH /channels/{}/messages/{}", "channels/1"),
        (
            "PUT",
            "/channels/1/messages/2/reactions/%F0%9F%91%8D/@me",
            "PUT /channels/{}/messages/{}/reactions/{}/@me",
            "channels/1",
        ),
        ("GET", "/guilds/7/members/8?limit=1", "GET /guilds/{}/members/{}", "guilds/7"),
        ("GET", "/invites/abc", "GET /invites/{}", ""),
        ("PUT", "/applications/5/commands", "PUT /applications/{}/commands", ""),
        ("DELETE", "/webhooks/9", "DELETE /webhooks/{}", "webhooks/9"),
    ],
)
def test_a_request_is_counted_by_route_and_resource(
    method: str, path: str, route: str, resource: str
) -> None:
    found = target(method, path, authorised=True)

    assert (found.route, found.resource) == (route, resource)
    assert found.counted
    assert not found.interaction


@given(IDS, TOKENS, st.sampled_from(["", "/messages/@original", "/messages/77"]), st.booleans())
def test_a_webhooks_token_is_never_told(number: str, secret: str, rest: str, mine: bool) -> None:  # noqa: FBT001
    token = INTERACTION if mine else secret
    found = target("POST", f"/webhooks/{number}/{token}{rest}", authorised=False)

    assert token not in found.route + found.resource
    assert found.resource.startswith(f"webhooks/{number}/")
    assert found.interaction == mine
    assert (found.counted, found.shared, found.common) == (False, True, not mine)


@given(IDS, TOKENS, TOKENS)
def test_each_webhook_has_limits_of_its_own(number: str, one: str, other: str) -> None:
    resources = {
        target("POST", f"/webhooks/{number}/{token}", authorised=False).resource for token in (one, other)
    }

    assert len(resources) == len({one, other})


def test_a_first_answer_waits_for_nobody() -> None:
    found = target("POST", f"/interactions/5/{INTERACTION}/callback", authorised=False)

    assert (found.counted, found.shared, found.interaction) == (False, False, True)


@given(st.text(max_size=60))
def test_any_path_has_limits(path: str) -> None:
    assert target("GET", path, authorised=True).route.startswith("GET /")
