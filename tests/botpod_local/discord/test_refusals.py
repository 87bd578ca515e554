"""Bad requests are answered as Discord answers them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import pytest_asyncio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from discord_client import Answer, Rest
    from discord_standin import DiscordChecker, ShiftedClock

    from botpod_local.discord import DiscordServer


@pytest_asyncio.fixture(autouse=True)
async def _on_purpose(discord: DiscordServer, discord_checker: DiscordChecker) -> AsyncIterator[None]:
    discord.settings.rate_limits = False
    with discord_checker.forgiving():
        yield


@pytest.fixture
def general(discord: DiscordServer) -> str:
    return next(f"/channels/{c.id}" for c in discord.world.channels.values() if c.name == "general")


def said(answer: Answer) -> tuple[int, int]:
    return answer.status, answer.body["code"]


def at(answer: Answer, *path: str) -> str:
    """Return the code of the first mistake at a field."""
    assert said(answer) == (400, 50035), answer
    assert answer.body["message"] == "Invalid Form Body"
    node = answer.body["errors"]
    for step in path:
        node = node[step]
    code: str = node["_errors"][0]["code"]
    return code


async def test_without_a_token_or_with_a_wrong_one(rest: Rest) -> None:
    for token in (None, "wrong"):
        rest.token = token
        answer = await rest("GET", "/users/@me")
        assert (answer.status, answer.body) == (401, {"message": "401: Unauthorized", "code": 0})


async def test_paths_that_are_not_there(rest: Rest, general: str) -> None:
    assert (await rest("GET", "/nowhere")).body == {"message": "404: Not Found", "code": 0}
    assert (await rest("PUT", general)).body == {"message": "405: Method Not Allowed", "code": 0}
    rest.base = rest.base.replace("v10", "v4")
    assert said(await rest("GET", "/users/@me")) == (400, 50041)


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/channels/1", (404, 10003)),
        ("POST", "/channels/1/messages", (404, 10003)),
        ("GET", "{general}/messages/1", (404, 10008)),
        ("PATCH", "{general}/messages/1", (404, 10008)),
        ("DELETE", "{general}/messages/1", (404, 10008)),
        ("GET", "/guilds/1", (404, 10004)),
        ("GET", "/users/1", (404, 10013)),
        ("GET", "/applications/{app}/commands/1", (404, 10063)),
        ("GET", "/applications/1/commands", (404, 10002)),
        ("PUT", "{general}/messages/1/reactions/x/@me", (404, 10008)),
        ("POST", "/interactions/1/x/callback", (404, 10062)),
        ("POST", "/webhooks/1/x", (404, 10015)),
        ("POST", "/webhooks/{app}/x", (401, 50027)),
        ("PUT", "{general}/thread-members/@me", (400, 50024)),
    ],
)
async def test_things_that_are_not_there(
    discord: DiscordServer, rest: Rest, general: str, *, method: str, path: str, expected: tuple[int, int]
) -> None:
    path = path.format(general=general, app=discord.application.id)
    assert said(await rest(method, path, {} if method != "GET" else None)) == expected


async def test_ids_that_are_none(rest: Rest) -> None:
    assert at(await rest("GET", "/channels/general"), "channel_id") == "NUMBER_TYPE_COERCE"


@pytest.mark.parametrize(
    ("body", "path", "code"),
    [
        ({"content": "x" * 2001}, ["content"], "BASE_TYPE_MAX_LENGTH"),
        ({"content": 5}, ["content"], "STRING_TYPE_CONVERT"),
        ({"content": "x", "nonce": "x" * 26}, ["nonce"], "BASE_TYPE_MAX_LENGTH"),
        ({"content": "x", "tts": 1}, ["tts"], "BOOLEAN_TYPE_CONVERT"),
        ({"embeds": [{"title": "x" * 257}]}, ["embeds", "0", "title"], "BASE_TYPE_MAX_LENGTH"),
        ({"embeds": [{}]}, ["embeds", "0", "description"], "BASE_TYPE_REQUIRED"),
        ({"embeds": [{"description": "x" * 4000}] * 2}, ["embeds"], "MAX_EMBED_SIZE_EXCEEDED"),
        ({"embeds": [{"title": "x"}] * 11}, ["embeds"], "BASE_TYPE_MAX_LENGTH"),
        (
            {"embeds": [{"fields": [{"name": "x"}]}]},
            ["embeds", "0", "fields", "0", "value"],
            "BASE_TYPE_REQUIRED",
        ),
        ({"embeds": [{"timestamp": "now"}]}, ["embeds", "0", "timestamp"], "DATE_TIME_TYPE_PARSE"),
        ({"components": "x"}, ["components"], "LIST_TYPE_CONVERT"),
        ({"components": [7]}, ["components", "0"], "DICT_TYPE_CONVERT"),
        ({"components": [{"type": 9}]}, ["components", "0", "type"], "BASE_TYPE_CHOICES"),
        (
            {"components": [{"type": 1, "components": [{"type": 2, "style": 1, "label": "x"}]}]},
            ["components", "0", "components", "0", "custom_id"],
            "BASE_TYPE_REQUIRED",
        ),
        (
            {
                "components": [
                    {"type": 1, "components": [{"type": 2, "style": 1, "label": "x", "custom_id": "same"}]}
                ]
                * 2
            },
            ["components", "1", "components", "0", "custom_id"],
            "COMPONENT_CUSTOM_ID_DUPLICATED",
        ),
        (
            {"content": "x", "message_reference": {"message_id": "1"}},
            ["message_reference"],
            "MESSAGE_REFERENCE_UNKNOWN_MESSAGE",
        ),
        (
            {"content": "x", "message_reference": {}},
            ["message_reference", "message_id"],
            "BASE_TYPE_REQUIRED",
        ),
        (
            {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}},
            ["allowed_mentions"],
            "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
        ),
    ],
)
async def test_messages_of_a_wrong_form(
    rest: Rest, general: str, body: dict[str, Any], path: list[str], code: str
) -> None:
    assert at(await rest("POST", f"{general}/messages", body), *path) == code


async def test_every_mistake_is_named_at_once(rest: Rest, general: str) -> None:
    body = {"content": "x" * 2001, "nonce": "x" * 26, "embeds": [{"title": 5}]}
    answer = await rest("POST", f"{general}/messages", body)
    assert set(answer.body["errors"]) == {"content", "nonce", "embeds"}


async def test_2000_characters_pass_and_unknown_fields_are_ignored(rest: Rest, general: str) -> None:
    assert (await rest("POST", f"{general}/messages", {"content": "x" * 2000, "colour": 1})).status == 200


@pytest.mark.parametrize("body", [None, {}, {"content": ""}, {"content": " \n"}, {"embeds": []}])
async def test_an_empty_message(rest: Rest, general: str, body: Any) -> None:
    assert said(await rest("POST", f"{general}/messages", body)) == (400, 50006)


async def test_a_reply_to_what_is_gone_can_be_let_pass(rest: Rest, general: str) -> None:
    reference = {"message_id": "1", "fail_if_not_exists": False}
    answer = await rest("POST", f"{general}/messages", {"content": "x", "message_reference": reference})
    assert answer.status == 200
    assert "message_reference" not in answer.body


async def test_what_is_no_json(rest: Rest, general: str, discord_http: aiohttp.ClientSession) -> None:
    headers = {"Authorization": f"Bot {rest.token}"}
    url = f"{rest.base}{general}/messages"
    for kind, code in (("application/json", 50109), ("text/plain", 50035)):
        async with discord_http.post(url, data="{", headers=headers | {"Content-Type": kind}) as response:
            assert (response.status, (await response.json())["code"]) == (400, code)


async def test_a_request_that_is_too_large(discord: DiscordServer, rest: Rest, general: str) -> None:
    discord.faults.set({"upload_bytes": 1000})
    form = aiohttp.FormData()
    form.add_field("files[0]", b"x" * 2000, filename="x")
    assert said(await rest("POST", f"{general}/messages", data=form)) == (413, 40005)


async def test_others_messages(discord: DiscordServer, rest: Rest, general: str) -> None:
    message = discord.people.post("general", "Ada", "mine")["id"]
    assert said(await rest("PATCH", f"{general}/messages/{message}", {"content": "x"})) == (403, 50005)
    assert said(await rest("DELETE", f"{general}/messages/{message}")) == (403, 50013)
    assert said(await rest("PUT", f"{general}/messages/pins/{message}")) == (403, 50013)


async def test_where_one_may_not_look_or_speak(discord: DiscordServer, rest: Rest, general: str) -> None:
    discord.building.overwrite("general", "hello", deny=1 << 11)
    assert said(await rest("POST", f"{general}/messages", {"content": "x"})) == (403, 50013)
    discord.building.overwrite("general", "hello", deny=1 << 10)
    assert said(await rest("POST", f"{general}/messages", {"content": "x"})) == (403, 50001)
    assert said(await rest("GET", general)) == (403, 50001)
    discord.people.open_dm("Ada", "Linus")
    private = next(c.id for c in discord.world.channels.values() if c.recipients)
    assert said(await rest("GET", f"/channels/{private}")) == (404, 10003)


async def test_bulk_deletes(
    rest: Rest, general: str, discord: DiscordServer, discord_clock: ShiftedClock
) -> None:
    discord.building.overwrite("general", "hello", allow=1 << 13)
    old = [discord.people.post("general", "Ada", "x")["id"] for _ in range(3)]
    assert said(await rest("POST", f"{general}/messages/bulk-delete", {"messages": old[:1]})) == (400, 50016)
    discord_clock.advance(14 * 86_400 + 1)
    assert said(await rest("POST", f"{general}/messages/bulk-delete", {"messages": old})) == (400, 50034)
    new = [discord.people.post("general", "Ada", "x")["id"] for _ in range(2)]
    assert (await rest("POST", f"{general}/messages/bulk-delete", {"messages": new})).status == 204
    assert [m["id"] for m in discord.looking.messages("general")] == old


OPTION = {"type": 3, "name": "q", "description": "d"}


@pytest.mark.parametrize(
    ("body", "path", "code"),
    [
        ({"description": "d"}, ["name"], "BASE_TYPE_REQUIRED"),
        ({"name": "x"}, ["description"], "BASE_TYPE_REQUIRED"),
        ({"name": "Ask", "description": "d"}, ["name"], "APPLICATION_COMMAND_INVALID_NAME"),
        ({"name": "a b", "description": "d"}, ["name"], "APPLICATION_COMMAND_INVALID_NAME"),
        ({"name": "x" * 33, "description": "d"}, ["name"], "BASE_TYPE_BAD_LENGTH"),
        ({"name": "x", "description": "d" * 101}, ["description"], "BASE_TYPE_BAD_LENGTH"),
        ({"name": "x", "description": "d", "options": [OPTION] * 26}, ["options"], "BASE_TYPE_MAX_LENGTH"),
        (
            {"name": "x", "description": "d", "options": [OPTION, OPTION | {"name": "r", "required": True}]},
            ["options", "1"],
            "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
        ),
        (
            {"name": "x", "description": "d", "options": [OPTION, OPTION]},
            ["options", "1", "name"],
            "APPLICATION_COMMAND_OPTIONS_NAME_INVALID",
        ),
        (
            {"name": "x", "description": "d", "type": 3},
            ["description"],
            "APPLICATION_COMMAND_DESCRIPTION_CANNOT_BE_SET",
        ),
        (
            {"name": "x", "description": "d", "options": [OPTION | {"choices": [{"name": "c", "value": 1}]}]},
            ["options", "0", "choices", "0", "value"],
            "BASE_TYPE_REQUIRED",
        ),
    ],
)
async def test_commands_of_a_wrong_form(
    discord: DiscordServer, rest: Rest, body: dict[str, Any], path: list[str], code: str
) -> None:
    commands = f"/applications/{discord.application.id}/commands"
    assert at(await rest("POST", commands, body), *path) == code
    assert at(await rest("PUT", commands, [body]), "0", *path) == code
    assert discord.looking.commands() == []


async def test_two_commands_of_one_name_and_more_than_a_hundred(discord: DiscordServer, rest: Rest) -> None:
    commands = f"/applications/{discord.application.id}/commands"
    ask = {"name": "ask", "description": "d"}
    answer = await rest("PUT", commands, [ask, ask])
    assert at(answer, "1", "name") == "APPLICATION_COMMANDS_DUPLICATE_NAME"
    many = [ask | {"name": f"ask{n}"} for n in range(100)]
    assert (await rest("PUT", commands, many)).status == 200
    assert said(await rest("POST", commands, ask)) == (400, 30032)
    assert (await rest("POST", commands, many[0])).status == 200


async def test_reactions_that_are_no_emoji_or_too_many(
    discord: DiscordServer, rest: Rest, general: str
) -> None:
    base = f"{general}/messages/{discord.people.post('general', 'Ada', 'x')['id']}/reactions"
    assert said(await rest("PUT", f"{base}/thumbsup/@me")) == (400, 10014)
    for number in range(20):
        assert (await rest("PUT", f"{base}/e:{number + 1}/@me")).status == 204
    assert said(await rest("PUT", f"{base}/👍/@me")) == (400, 30010)


async def test_pins_before_what_is_no_moment(rest: Rest, general: str) -> None:
    answer = await rest("GET", f"{general}/messages/pins?before=x")
    assert at(answer, "before") == "DATE_TIME_TYPE_PARSE"


async def test_threads_that_cannot_be(discord: DiscordServer, rest: Rest, general: str) -> None:
    message = discord.people.post("general", "Ada", "x")["id"]
    base = f"{general}/messages/{message}/threads"
    assert at(await rest("POST", base, {"name": ""}), "name") == "BASE_TYPE_BAD_LENGTH"
    wrong = {"name": "x", "auto_archive_duration": 5}
    assert at(await rest("POST", base, wrong), "auto_archive_duration") == "BASE_TYPE_CHOICES"
    thread = await rest("POST", base, {"name": "x"})
    assert said(await rest("POST", base, {"name": "x"})) == (400, 160004)
    assert (await rest("PATCH", f"/channels/{thread.body['id']}", {"archived": True})).status == 200
    assert said(await rest("PUT", f"/channels/{thread.body['id']}/thread-members/@me")) == (400, 50083)
    # Speaking in it brings it back.
    assert (await rest("POST", f"/channels/{thread.body['id']}/messages", {"content": "x"})).status == 200
    assert (await rest("PUT", f"/channels/{thread.body['id']}/thread-members/@me")).status == 204


async def test_bots_cannot_be_written_to(discord: DiscordServer, rest: Rest) -> None:
    other = discord.building.add_bot("other")
    assert said(await rest("POST", "/users/@me/channels", {"recipient_id": other["id"]})) == (403, 50007)


async def test_errors_are_json_of_exactly_that_type(rest: Rest) -> None:
    answer = await rest("GET", "/channels/1")
    assert answer.headers["Content-Type"] == "application/json"
    assert json.loads(json.dumps(answer.body)) == {"message": "Unknown Channel", "code": 10003}
