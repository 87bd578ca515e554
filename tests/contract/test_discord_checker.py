"""What looks at the exchanges with Discord can find fault: without that, its silence would mean nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from discord_description import answer_violations, request_violations
from openapi_descriptions import needs

from botpod_local.discord import Exchange

if TYPE_CHECKING:
    from discord_client import Rest
    from discord_standin import DiscordChecker

    from botpod_local.discord import DiscordServer

pytestmark = needs("discord")

MESSAGES = "/channels/{channel_id}/messages"
COMMANDS = "/applications/{application_id}/commands"
CALLBACK = "/interactions/{interaction_id}/{interaction_token}/callback"
LIMITS = {f"X-RateLimit-{name}": "1" for name in ("Limit", "Remaining", "Reset", "Reset-After", "Bucket")}


def exchange(body: Any = None, **other: Any) -> Exchange:
    fields: dict[str, Any] = {
        "method": "POST",
        "template": MESSAGES,
        "path": "/channels/1/messages",
        "query": {},
        "content_type": "application/json",
        "body": body,
        "status": 204,
        "answer_type": "",
        "answer_headers": LIMITS,
    }
    return Exchange(**(fields | other))


@pytest.mark.parametrize(
    "body",
    [
        {"content": "hi"},
        {"content": "x" * 2000},
        {"embeds": [{"title": "t"}]},
        {"content": "hi", "attachments": [{"id": 0, "filename": "a"}]},
        {"content": "hi", "message_reference": {"message_id": 5}, "nonce": 7, "enforce_nonce": True},
        {
            "content": "hi",
            "components": [{"type": 1, "components": [{"type": 2, "style": 1, "custom_id": "x"}]}],
        },
    ],
)
def test_a_right_message_passes(body: Any) -> None:
    assert list(request_violations(exchange(body))) == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "the message is empty"),
        ({"content": "", "embeds": []}, "the message is empty"),
        ({"content": "x" * 2001}, "2001 characters"),
        ({"content": 5}, "$.content"),
        ({"content": "hi", "contents": "x"}, "$.contents is unknown"),
        ({"content": "hi", "embeds": [{"titel": "t"}]}, "$.embeds[0].titel is unknown"),
        ({"content": "hi", "nonce": "x" * 26}, "$.nonce"),
        ({"content": "hi", "embeds": [{"title": "x" * 257}]}, "embeds"),
        (
            {"content": "hi", "components": [{"type": 1, "components": [{"type": 2, "styl": 1}]}]},
            "components",
        ),
        ({"content": "hi", "message_reference": {"channel_id": "1"}}, "message_reference"),
    ],
)
def test_a_wrong_message_does_not(body: Any, said: str) -> None:
    assert said in "\n".join(request_violations(exchange(body)))


def test_a_command_of_an_unknown_form_does_not_pass() -> None:
    right = {"name": "ask", "description": "Ask", "default_member_permissions": "8", "nsfw": False}
    assert list(request_violations(exchange(right, template=COMMANDS))) == []
    wrong = right | {"options": [{"type": 3, "name": "q", "descripton": "misspelt"}]}
    assert list(request_violations(exchange(wrong, template=COMMANDS)))
    assert list(request_violations(exchange({"name": "x" * 33, "description": "d"}, template=COMMANDS)))


def test_an_empty_or_too_long_answer_to_an_interaction_does_not_pass() -> None:
    assert list(request_violations(exchange({"type": 5}, template=CALLBACK))) == []
    for data in ({"content": ""}, {"content": "x" * 2001}):
        assert list(request_violations(exchange({"type": 4, "data": data}, template=CALLBACK)))


def test_what_was_refused_as_malformed_counts_against_who_sent_it() -> None:
    refused = exchange({"content": "hi"}, status=400, answer={"code": 50035, "message": "Invalid Form Body"})
    assert "refused as malformed" in "\n".join(request_violations(refused))


def test_unknown_paths_and_queries_do_not_pass() -> None:
    assert list(request_violations(exchange(template=None, path="/nowhere")))
    asked = exchange(method="GET", query={"limt": "5"})
    assert "'limt' is unknown" in "\n".join(request_violations(asked))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"answer_headers": {}}, "has no X-RateLimit-Limit"),
        ({"status": 203}, "no such answer"),
        ({"status": 200, "answer_type": "application/json; charset=utf-8", "answer": {}}, "Content-Type"),
        ({"status": 200, "answer_type": "application/json", "answer": {"id": "1"}}, "required"),
        ({"status": 404, "answer_type": "application/json", "answer": {"message": "x"}}, "code"),
        ({"status": 429, "answer_type": "application/json", "answer": {}}, "has no Via"),
    ],
)
def test_a_wrong_answer_of_the_stand_in_does_not_pass(fields: dict[str, Any], said: str) -> None:
    template = MESSAGES if fields.get("status") in {200, 203, 404, 429} else f"{MESSAGES}/bulk-delete"
    assert said in "\n".join(answer_violations(exchange(**{"template": template, **fields})))


def test_discords_own_words_for_inner_errors_pass() -> None:
    errors = {"content": {"_errors": [{"code": "BASE_TYPE_MAX_LENGTH", "message": "too long"}]}}
    answer = {"code": 50035, "message": "Invalid Form Body", "errors": errors}
    refused = exchange(status=400, answer_type="application/json", answer=answer)
    assert list(answer_violations(refused)) == []


async def test_a_violation_fails_the_test_in_which_it_happens(
    discord: DiscordServer, rest: Rest, discord_checker: DiscordChecker
) -> None:
    channel = next(iter(discord.world.channels))
    assert (await rest("POST", f"/channels/{channel}/messages", {"contents": "x"})).status == 400
    with pytest.raises(pytest.fail.Exception, match="contents is unknown"):
        discord_checker.fail()
    discord_checker.violations.clear()
