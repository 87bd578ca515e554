"""Files of messages that change: what is no longer shown is served no more, and nothing is left empty."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

if TYPE_CHECKING:
    from discord_client import Answer, Rest
    from discord_standin import DiscordChecker

    from botpod_local.discord import DiscordServer

COMMAND = {"name": "show", "description": "Show"}


@pytest.fixture
def general(discord: DiscordServer) -> str:
    return next(f"/channels/{c.id}" for c in discord.world.channels.values() if c.name == "general")


def two_files() -> aiohttp.FormData:
    form = aiohttp.FormData()
    form.add_field("payload_json", json.dumps({"attachments": [{"id": 0}, {"id": 1}]}))
    for number in range(2):
        form.add_field(f"files[{number}]", b"notes", filename=f"{number}.bin")
    return form


async def answer_command(discord: DiscordServer, rest: Rest, **filling: Any) -> tuple[str, Answer]:
    """Answer a command; return where its answer can be changed, and what filling it gave."""
    await rest("PUT", f"/applications/{discord.application.id}/commands", [COMMAND])
    begun = discord.interacting.command("general", "Ada", "show")["id"]
    token = discord.world.interactions[int(begun)].token
    await rest("POST", f"/interactions/{begun}/{token}/callback", {"type": 5})
    hook = f"/webhooks/{discord.application.id}/{token}/messages/@original"
    return hook, await rest("PATCH", hook, **filling)


async def test_a_file_that_an_edit_drops_is_served_no_more(
    rest: Rest, general: str, discord: DiscordServer, discord_http: aiohttp.ClientSession
) -> None:
    sent = await rest("POST", f"{general}/messages", data=two_files())
    kept, dropped = sent.body["attachments"]
    message = f"{general}/messages/{sent.body['id']}"
    await rest("PATCH", message, {"attachments": [{"id": kept["id"]}]})
    for file, status in ((kept, 200), (dropped, 404)):
        async with discord_http.get(file["url"]) as response:
            assert response.status == status
    await rest("DELETE", message)
    assert not discord.world.files


async def test_no_edit_leaves_nothing_of_a_message(
    rest: Rest, general: str, discord: DiscordServer, discord_checker: DiscordChecker
) -> None:
    sent = await rest("POST", f"{general}/messages", data=two_files())
    hook, answered = await answer_command(discord, rest, data=two_files())
    assert len(answered.body["attachments"]) == 2
    with discord_checker.forgiving():
        for place in (f"{general}/messages/{sent.body['id']}", hook):
            refused = await rest("PATCH", place, {"attachments": []})
            assert (refused.status, refused.body["code"]) == (400, 50006)
            # A file that the message never had doesn't stay either.
            assert (await rest("PATCH", place, {"attachments": [{"id": "1"}]})).status == 400
    assert [len(m["attachments"]) for m in discord.looking.messages("general")] == [2, 2]
