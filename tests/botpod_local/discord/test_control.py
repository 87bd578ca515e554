"""Control from another process: over HTTP, with a live feed."""

from __future__ import annotations

from contextlib import asynccontextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from botpod_local.discord.control.finding import ControlError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from discord_client import Gateway, Rest

    from botpod_local.discord import DiscordServer

type Connect = Callable[..., Gateway]


class Control:
    """Calls operations over HTTP."""

    def __init__(self, session: aiohttp.ClientSession, base: str) -> None:
        self._session, self._base = session, base

    async def __call__(self, operation: str, **arguments: Any) -> tuple[int, Any]:
        async with self._session.post(f"{self._base}/control/{operation}", json=arguments) as response:
            return response.status, await response.json()

    @asynccontextmanager
    async def feed(self, query: str = "", **more: Any) -> AsyncIterator[Callable[[], Any]]:
        async with self._session.ws_connect(f"{self._base}/control/feed{query}", **more) as ws:
            yield lambda: ws.receive_json(timeout=10)


@pytest.fixture
def control(discord: DiscordServer, discord_http: aiohttp.ClientSession) -> Control:
    return Control(discord_http, discord.page_url)


async def test_a_person_writes_edits_reacts_and_deletes(control: Control, discord: DiscordServer) -> None:
    status, message = await control("post", channel="#general", author="Ada", content="hello")
    assert (status, message["content"]) == (200, "hello")
    place = {"channel": "general", "message": message["id"]}
    assert (await control("edit", **place, author="ada", content="changed"))[1]["content"] == "changed"
    assert await control("react", **place, user="Linus", emoji="👍") == (200, None)
    shown = (await control("messages", channel="general", user="Linus"))[1][0]
    assert (shown["content"], shown["reactions"][0]["me"]) == ("changed", True)
    assert (await control("unreact", **place, user="Linus", emoji="👍"))[0] == 200
    thread = (
        await control("open_thread", channel="general", user="Ada", name="more", message=message["id"])
    )[1]
    assert thread["id"] == message["id"]
    await control("post", channel=thread["id"], author="Linus", content="inside")
    assert (await control("delete", **place, author="Ada"))[0] == 200
    assert discord.looking.messages("general") == []


@pytest.mark.parametrize(
    ("operation", "arguments", "said"),
    [
        ("post", {"channel": "nowhere", "author": "Ada", "content": "x"}, "There is no channel 'nowhere'"),
        ("post", {"channel": "general", "author": "Eve", "content": "x"}, "There is no user 'Eve'"),
        ("post", {"channel": "general", "author": "Ada", "content": " "}, "needs content or attachments"),
        ("post", {"channel": "general", "author": "Ada", "content": "x" * 2001}, "at most 2000 characters"),
        ("post", {"channel": "general", "author": "Ada", "contents": "x"}, "takes no 'contents'"),
        ("post", {"channel": "general"}, "needs 'author'"),
        ("post", {"channel": "general", "author": "Ada", "content": 5}, "'content' can't be 5"),
        ("post", {"channel": "general", "author": "Ada", "attachments": [{}]}, "filename and content_base64"),
        (
            "post",
            {"channel": "random", "author": "Ada", "attachments": [{"filename": "x", "content_base64": "é"}]},
            "filename and content_base64",
        ),
        ("messages", {"channel": "general", "before": "abc"}, "'abc' is none"),
        ("edit", {"channel": "general", "message": "1", "author": "Ada", "content": "x"}, "no message '1'"),
        (
            "command",
            {"channel": "general", "user": "Ada", "name": "ask"},
            "no command /ask here; there are none",
        ),
        ("react", {"channel": "general", "message": "1", "user": "Ada", "emoji": "ok"}, "is no emoji"),
        ("set", {"settings": {"speed": 1}}, "no setting 'speed'"),
        ("set", {"settings": {"sends": "many"}}, "can't be 'many'"),
        ("fail", {"status": 200}, "200 is no failure"),
        ("fail", {"status": 429, "scope": "x"}, "no scope 'x'"),
        ("reset_token", {"bot": "other"}, "Name one bot; there are hello"),
        ("submit", {"interaction": "1", "values": {}}, "has opened no modal"),
        ("submit", {"interaction": "that one", "values": {}}, "has opened no modal"),
        ("conquer", {}, "There is no operation 'conquer'"),
    ],
)
async def test_what_cannot_be_done_is_said_in_a_sentence(
    control: Control, operation: str, arguments: dict[str, Any], said: str
) -> None:
    status, answer = await control(operation, **arguments)
    assert status == 400
    assert said in answer["error"]


async def test_at_most_so_many_messages_as_asked_for_are_shown(discord: DiscordServer) -> None:
    for content in ("one", "two", "three"):
        discord.people.post("general", "Ada", content)
    shown = [[m["content"] for m in discord.looking.messages("general", limit=n)] for n in (0, 1, 9)]
    assert shown == [[], ["three"], ["one", "two", "three"]]


async def test_every_operation_is_listed(control: Control, discord_http: aiohttp.ClientSession) -> None:
    async with discord_http.get(f"{control._base}/control") as response:
        listed = await response.json()
    assert {"post", "command", "cut", "reset_token", "counters", "record", "add_guild"} <= set(listed)
    assert listed["cut"].endswith("Reset connections as a dying network would.")


async def test_foreign_pages_can_neither_call_nor_listen(
    control: Control, discord_http: aiohttp.ClientSession
) -> None:
    asked = discord_http.post(
        f"{control._base}/control/heal", data="{}", headers={"Content-Type": "text/plain"}
    )
    async with asked as response:
        assert response.status == 415
    with pytest.raises(aiohttp.WSServerHandshakeError):
        async with control.feed(headers={"Origin": "http://elsewhere.example"}):
            pass


async def test_control_is_not_where_bots_can_reach_it(
    discord: DiscordServer, discord_http: aiohttp.ClientSession
) -> None:
    host, port = discord.api_addresses[0]
    async with discord_http.post(f"http://{host}:{port}/control/state", json={}) as response:
        assert response.status == 404


async def test_the_feed_begins_with_a_snapshot_and_goes_on_live(
    control: Control, discord: DiscordServer, rest: Rest, gateway: Connect
) -> None:
    async with control.feed("?user=Ada") as heard:
        first = await heard()
        assert first["t"] == "SNAPSHOT"
        assert first["d"]["user"]["username"] == "ada"
        assert [c["name"] for c in first["d"]["guilds"][0]["channels"]] == ["general", "random"]
        assert [(b["user"]["username"], b["status"]) for b in first["d"]["bots"]] == [("hello", "offline")]
        async with gateway() as g:
            await g.begin(discord.token)
            assert await heard() == {
                "t": "PRESENCE_UPDATE",
                "d": {"user": {"id": str(discord.application.id)}, "status": "online"},
            }
        assert (await heard())["d"]["status"] == "offline"
        commands = f"/applications/{discord.application.id}/commands"
        await rest("POST", commands, {"name": "ask", "description": "Ask"})
        update = await heard()
        assert (update["t"], [c["name"] for c in update["d"]["commands"]]) == ("COMMANDS_UPDATE", ["ask"])
        discord.people.type("general", "Linus")
        message = discord.people.post("general", "Linus", "hi")
        discord.people.delete("general", message["id"], "Linus")
        assert [(await heard())["t"] for _ in range(3)] == [
            "TYPING_START",
            "MESSAGE_CREATE",
            "MESSAGE_DELETE",
        ]


async def test_the_feed_shows_what_its_person_may_see(
    control: Control, discord: DiscordServer, rest: Rest
) -> None:
    await rest(
        "PUT", f"/applications/{discord.application.id}/commands", [{"name": "ask", "description": "Ask"}]
    )
    async with control.feed("?user=Ada") as ada, control.feed("?user=Linus") as linus, control.feed() as all_:
        for heard in (ada, linus, all_):
            await heard()
        begun = discord.interacting.command("general", "Ada", "ask")["id"]
        token = discord.world.interactions[int(begun)].token
        body = {"type": 4, "data": {"content": "only Ada", "flags": 64}}
        await rest("POST", f"/interactions/{begun}/{token}/callback", body)
        discord.people.post("@Linus", "Grace", "only Linus and Grace")
        discord.people.post("general", "Grace", "for all")
        names = [(await ada())["t"] for _ in range(4)]
        assert names == ["INTERACTION_CREATE", "INTERACTION_SUCCESS", "MESSAGE_CREATE", "MESSAGE_CREATE"]
        assert (await linus())["t"] == "CHANNEL_CREATE"
        contents = [(await linus())["d"]["content"] for _ in range(2)]
        assert contents == ["only Linus and Grace", "for all"]
        everything = [(await all_())["t"] for _ in range(7)]
        assert everything.count("MESSAGE_CREATE") == 3


async def test_who_is_not_answered_in_three_seconds_is_told(
    control: Control, discord: DiscordServer, rest: Rest
) -> None:
    await rest(
        "PUT", f"/applications/{discord.application.id}/commands", [{"name": "ask", "description": "Ask"}]
    )
    async with control.feed("?user=Ada") as heard:
        await heard()
        begun = discord.interacting.command("general", "Ada", "ask")["id"]
        assert (await heard())["t"] == "INTERACTION_CREATE"
        failure = await heard()
        assert (failure["t"], failure["d"]["id"]) == ("INTERACTION_FAILURE", begun)


async def test_worlds_are_made_while_it_runs(control: Control, rest: Rest) -> None:
    await control("add_user", username="eve", name="Eve")
    guild = (await control("add_guild", name="Second", owner="Eve", channels=["a", "b"], members=["hello"]))[
        1
    ]
    assert [g["name"] for g in (await rest("GET", "/users/@me/guilds")).body] == ["Botpod", "Second"]
    await control("post", channel="Second/a", author="Eve", content="hi")
    assert (await rest("GET", f"/channels/{guild['channels']['a']}/messages")).body[0]["content"] == "hi"
    bot = (await control("add_bot", name="other", guilds=["Second"]))[1]
    rest.token = bot["token"]
    assert (await rest("GET", "/users/@me")).body["id"] == bot["id"]
    assert (await rest("GET", f"/guilds/{guild['id']}")).status == 200
    await control("add_channel", name="c", guild="Second")
    await control("remove_channel", channel="Second/a")
    names = [c["name"] for c in (await rest("GET", f"/guilds/{guild['id']}/channels")).body]
    assert names == ["b", "c"]


async def test_the_record_tells_everything_in_order(
    control: Control, discord: DiscordServer, rest: Rest, gateway: Connect
) -> None:
    async with gateway() as g:
        ready = await g.begin(discord.token)
        posted = discord.people.post("general", "Ada", "question")
        await g.until("MESSAGE_CREATE")
        body = {"content": "answer", "nonce": "n", "message_reference": {"message_id": posted["id"]}}
        sent = (await rest("POST", f"/channels/{posted['channel_id']}/messages", body)).body
    entries = (await control("record"))[1]
    assert [e["n"] for e in entries] == list(range(1, len(entries) + 1))
    assert all(a["at"] <= b["at"] for a, b in pairwise(entries))
    messages = [e for e in entries if e["kind"] == "message"]
    assert [(m["id"], m["bot"], m["content"]) for m in messages] == [
        (posted["id"], False, "question"),
        (sent["id"], True, "answer"),
    ]
    assert (messages[1]["nonce"], messages[1]["reference"]) == ("n", posted["id"])
    delivered = [e for e in entries if e["kind"] == "dispatch" and e["t"] == "MESSAGE_CREATE"]
    assert {(e["id"], e["session_id"]) for e in delivered} == {
        (m["id"], ready["session_id"]) for m in messages
    }
    assert [e["seq"] for e in entries if e["kind"] == "dispatch"] == [1, 2, 3, 4]
    later = (await control("record", after=messages[0]["n"], kind="message"))[1]
    assert [e["id"] for e in later] == [sent["id"]]
    counters = (await control("counters"))[1]
    assert counters["identifies"] == 1
    assert counters["requests POST /channels/{channel_id}/messages"] == 1
    assert counters["messages_created"] == 2
    assert (await control("sessions"))[1] == []
    assert (await control("budget"))[1] == {"total": 1000, "remaining": 999}


async def test_waiting_for_what_does_not_happen_ends(discord: DiscordServer) -> None:
    with pytest.raises(TimeoutError):
        await discord.record.wait_for(lambda _: False, timeout=0.01)


async def test_names_that_are_none_are_refused_in_process_too(discord: DiscordServer) -> None:
    with pytest.raises(ControlError, match="there are #general, #random"):
        discord.people.post("nowhere", "Ada", "x")


async def test_the_page_is_served_and_nothing_beside_it(
    control: Control, discord_http: aiohttp.ClientSession
) -> None:
    async with discord_http.get(control._base + "/") as response:
        assert (response.status, response.content_type) == (200, "text/html")
        assert "default-src 'self'" in response.headers["Content-Security-Policy"]
    for path in ("/../server.py", "/%2e%2e/server.py", "/nothing"):
        async with discord_http.get(control._base + path) as response:
            assert response.status == 404
