"""Every route of the Discord stand-in is one of Discord's, and answers as Discord's description says.

The fixture ``discord`` checks each exchange; here each route is used once, so that each has been checked.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import aiohttp
from openapi_descriptions import description, needs

from botpod_local.discord.rest.table import ROUTES

if TYPE_CHECKING:
    from discord_client import Answer, Rest
    from discord_standin import DiscordChecker

    from botpod_local.discord import DiscordServer

ASK = {
    "name": "ask",
    "description": "Ask it something",
    "options": [
        {"type": 3, "name": "question", "description": "What", "required": True, "max_length": 100},
        {"type": 4, "name": "times", "description": "How often", "min_value": 1, "autocomplete": True},
        {"type": 3, "name": "tone", "description": "How", "choices": [{"name": "Kind", "value": "kind"}]},
    ],
}
NESTED = {
    "name": "settings",
    "description": "Change settings",
    "default_member_permissions": "32",
    "options": [
        {
            "type": 2,
            "name": "model",
            "description": "The model",
            "options": [{"type": 1, "name": "set", "description": "Choose it"}],
        }
    ],
}
BUTTONS = [
    {
        "type": 1,
        "components": [
            {"type": 2, "style": 1, "label": "Again", "custom_id": "again"},
            {"type": 2, "style": 5, "label": "Read", "url": "https://example.org/"},
        ],
    },
    {
        "type": 1,
        "components": [
            {
                "type": 3,
                "custom_id": "pick",
                "options": [{"label": "One", "value": "1"}, {"label": "Two", "value": "2"}],
            }
        ],
    },
]
EMBED = {
    "title": "Idea",
    "description": "A good one",
    "url": "https://example.org/",
    "color": 255,
    "timestamp": "2026-11-21T10:00:00+00:00",
    "fields": [{"name": "One", "value": "1", "inline": True}],
    "footer": {"text": "below"},
    "author": {"name": "hello"},
}
MODAL = {
    "custom_id": "form",
    "title": "Tell me",
    "components": [{"type": 1, "components": [{"type": 4, "custom_id": "why", "style": 2, "label": "Why?"}]}],
}


@needs("discord")
def test_every_route_is_one_of_discords() -> None:
    paths = description("discord").document["paths"]
    ours = {(r.method.lower(), r.template) for r in ROUTES}
    unknown = [f"{method} {template}" for method, template in ours if method not in paths.get(template, {})]
    assert unknown == []


class Tour:
    """Walks through the API, remembering which routes were used."""

    def __init__(self, discord: DiscordServer, rest: Rest) -> None:
        self.discord = discord
        self.rest = rest
        discord.settings.rate_limits = False
        role = discord.building.add_role("boss", permissions=1 << 3)
        discord.building.give_role("hello", role["id"])
        self.guild = str(next(iter(discord.world.guilds)))
        self.general = next(str(c.id) for c in discord.world.channels.values() if c.name == "general")
        self.app = str(discord.application.id)
        self.ada = next(str(u.id) for u in discord.world.users.values() if u.username == "ada")

    async def go(self, method: str, path: str, body: Any = None, *, status: int = 200, **more: Any) -> Any:
        answer: Answer = await self.rest(method, path, body, **more)
        assert answer.status == status, (method, path, answer)
        return answer.body

    async def people(self) -> None:
        await self.go("GET", "/gateway")
        await self.go("GET", "/gateway/bot")
        await self.go("GET", "/users/@me")
        await self.go("GET", f"/users/{self.ada}")
        await self.go("GET", "/users/@me/guilds?with_counts=true&limit=5")
        for path in ("/applications/@me", "/oauth2/applications/@me", f"/applications/{self.app}"):
            assert (await self.go("GET", path))["id"] == self.app
        # With an endpoint: test_endpoints.py.
        changed = await self.go("PATCH", "/applications/@me", {"interactions_endpoint_url": None})
        assert changed["interactions_endpoint_url"] is None
        dm = await self.go("POST", "/users/@me/channels", {"recipient_id": self.ada})
        assert dm == await self.go("POST", "/users/@me/channels", {"recipient_id": self.ada})
        await self.go("POST", f"/channels/{dm['id']}/messages", {"content": "between us"})
        await self.go("GET", f"/channels/{dm['id']}")

    async def guilds(self) -> None:
        base = f"/guilds/{self.guild}"
        await self.go("GET", f"{base}?with_counts=true")
        assert len(await self.go("GET", f"{base}/channels")) == 2
        await self.go("GET", f"{base}/threads/active")
        roles = await self.go("GET", f"{base}/roles")
        await self.go("GET", f"{base}/roles/{roles[0]['id']}")
        assert len(await self.go("GET", f"{base}/members?limit=100")) == 5
        await self.go("GET", f"{base}/members/search?query=li&limit=3")
        await self.go("GET", f"{base}/members/{self.ada}")

    async def commands(self) -> None:
        for base in (f"/applications/{self.app}", f"/applications/{self.app}/guilds/{self.guild}"):
            made = await self.go("POST", f"{base}/commands", ASK, status=201)
            again = await self.go("POST", f"{base}/commands", ASK)
            assert again == made
            await self.go("GET", f"{base}/commands/{made['id']}")
            await self.go("PATCH", f"{base}/commands/{made['id']}", {"description": "Ask it"})
            await self.go("DELETE", f"{base}/commands/{made['id']}", status=204)
            both = await self.go("PUT", f"{base}/commands", [ASK, NESTED, {"name": "Count words", "type": 3}])
            listed = await self.go("GET", f"{base}/commands?with_localizations=true")
            assert [c["id"] for c in listed] == [c["id"] for c in both]
        await self.go("GET", f"/applications/{self.app}/guilds/{self.guild}/commands/permissions")
        await self.go("PUT", f"/applications/{self.app}/guilds/{self.guild}/commands", [])

    async def messages(self) -> None:
        base = f"/channels/{self.general}/messages"
        first = await self.go("POST", base, {"content": f"hello <@{self.ada}>", "nonce": "n1"})
        body = {
            "content": "more",
            "embeds": [EMBED],
            "components": BUTTONS,
            "message_reference": {"message_id": first["id"], "fail_if_not_exists": False},
            "allowed_mentions": {"parse": [], "replied_user": True},
        }
        second = await self.go("POST", base, body)
        await self.go("GET", f"{base}?limit=10")
        await self.go("GET", f"{base}?around={first['id']}&limit=3")
        await self.go("GET", f"{base}/{second['id']}")
        await self.go("PATCH", f"{base}/{first['id']}", {"content": "changed", "embeds": []})
        await self.go("POST", f"/channels/{self.general}/typing", status=204)
        form = aiohttp.FormData(quote_fields=False)
        said = {"content": "a file", "attachments": [{"id": 0, "description": "mine"}]}
        form.add_field("payload_json", json.dumps(said), content_type="application/json")
        form.add_field("files[0]", b"hello", filename="a b.txt", content_type="text/plain")
        upload = await self.go("POST", base, data=form)
        assert upload["attachments"][0]["filename"] == "a_b.txt"
        kept = {"attachments": [{"id": upload["attachments"][0]["id"]}], "content": "kept"}
        assert len((await self.go("PATCH", f"{base}/{upload['id']}", kept))["attachments"]) == 1
        await self.reactions(f"{base}/{first['id']}/reactions")
        await self.pins(first["id"])
        await self.go("DELETE", f"{base}/{second['id']}", status=204)
        third = await self.go("POST", base, {"content": "third"})
        gone = {"messages": [upload["id"], third["id"]]}
        await self.go("POST", f"{base}/bulk-delete", gone, status=204)

    async def reactions(self, base: str) -> None:
        for _ in range(2):
            await self.go("PUT", f"{base}/👍/@me", status=204)
        await self.go("PUT", f"{base}/party:123456/@me", status=204)
        assert [u["username"] for u in await self.go("GET", f"{base}/👍?limit=3")] == ["hello"]
        await self.go("DELETE", f"{base}/👍/@me", status=204)
        await self.go("PUT", f"{base}/👍/@me", status=204)
        await self.go("DELETE", f"{base}/👍/{self.app}", status=204)
        await self.go("DELETE", f"{base}/party:123456", status=204)
        await self.go("DELETE", base, status=204)

    async def pins(self, message: str) -> None:
        new, old = f"/channels/{self.general}/messages/pins", f"/channels/{self.general}/pins"
        for base in (new, old):
            await self.go("PUT", f"{base}/{message}", status=204)
            listed = await self.go("GET", base)
            assert len(listed["items"] if base == new else listed) == 1
            await self.go("DELETE", f"{base}/{message}", status=204)

    async def threads(self) -> None:
        base = f"/channels/{self.general}"
        message = await self.go("POST", f"{base}/messages", {"content": "a long story"})
        body = {"name": "The story", "auto_archive_duration": 60}
        thread = await self.go("POST", f"{base}/messages/{message['id']}/threads", body, status=201)
        assert thread["id"] == message["id"]
        alone = await self.go("POST", f"{base}/threads", {"name": "Alone", "type": 11}, status=201)
        private = await self.go("POST", f"{base}/threads", {"name": "Private"}, status=201)
        assert private["type"] == 12
        await self.go("POST", f"/channels/{thread['id']}/messages", {"content": "once upon a time"})
        members = f"/channels/{thread['id']}/thread-members"
        await self.go("PUT", f"{members}/{self.ada}", status=204)
        assert len(await self.go("GET", f"{members}?with_member=true")) == 2
        await self.go("GET", f"{members}/{self.ada}")
        await self.go("DELETE", f"{members}/{self.ada}", status=204)
        await self.go("DELETE", f"{members}/@me", status=204)
        await self.go("PUT", f"{members}/@me", status=204)
        await self.go("GET", f"/guilds/{self.guild}/threads/active")
        await self.go("PATCH", f"/channels/{alone['id']}", {"archived": True, "locked": True})
        listed = await self.go("GET", f"{base}/threads/archived/public")
        assert [t["id"] for t in listed["threads"]] == [alone["id"]]
        await self.go("DELETE", f"/channels/{private['id']}")

    async def channels(self) -> None:
        body = {"name": "new", "topic": "x"}
        made = await self.go("POST", f"/guilds/{self.guild}/channels", body, status=201)
        base = f"/channels/{made['id']}"
        await self.go("GET", base)
        await self.go("PATCH", base, {"name": "newer", "topic": None, "rate_limit_per_user": 5})
        overwrite = {"type": 1, "allow": "1024", "deny": "0"}
        await self.go("PUT", f"{base}/permissions/{self.ada}", overwrite, status=204)
        assert len((await self.go("GET", base))["permission_overwrites"]) == 1
        await self.go("DELETE", f"{base}/permissions/{self.ada}", status=204)
        await self.go("DELETE", base)

    async def interact(
        self, kind: int, data: Any = None, *, of: str = "", query: str = "?with_response=true"
    ) -> Any:
        begun = of or self.discord.interacting.command("general", "Ada", "ask", {"question": "why"})["id"]
        token = self.discord.world.interactions[int(begun)].token
        body = {"type": kind} | ({"data": data} if data is not None else {})
        status = 200 if query else 204
        answer = await self.go("POST", f"/interactions/{begun}/{token}/callback{query}", body, status=status)
        return answer, token

    async def interactions(self) -> None:
        await self.go("PUT", f"/applications/{self.app}/commands", [ASK])
        first, token = await self.interact(4, {"content": "because", "components": BUTTONS})
        message = first["resource"]["message"]["id"]
        hook = f"/webhooks/{self.app}/{token}"
        await self.go("GET", f"{hook}/messages/@original")
        await self.go("PATCH", f"{hook}/messages/@original", {"content": "better", "embeds": [EMBED]})
        more = await self.go("POST", f"{hook}?wait=true", {"content": "and more", "flags": 64})
        await self.go("GET", f"{hook}/messages/{more['id']}")
        await self.go("PATCH", f"{hook}/messages/{more['id']}", {"content": "and still more"})
        await self.go("DELETE", f"{hook}/messages/{more['id']}", status=204)
        clicked = self.discord.interacting.click("general", message, "Ada", "again")["id"]
        await self.interact(7, {"content": "pressed"}, of=clicked)
        picked = self.discord.interacting.select("general", message, "Ada", "pick", ["2"])["id"]
        await self.interact(6, of=picked, query="")
        _, deferred = await self.interact(5, {"flags": 64}, query="")
        await self.go("POST", f"/webhooks/{self.app}/{deferred}", {"content": "found it"})
        await self.go("DELETE", f"/webhooks/{self.app}/{deferred}/messages/@original", status=204)
        asked = self.discord.interacting.command("general", "Ada", "ask", {"question": "form"})["id"]
        await self.interact(9, MODAL, of=asked)
        sent = self.discord.interacting.submit(asked, {"why": "because"})["id"]
        await self.interact(4, {"content": "thanks"}, of=sent)
        typed = self.discord.interacting.autocomplete("general", "Ada", "ask", "times")["id"]
        await self.interact(8, {"choices": [{"name": "Twice", "value": 2}]}, of=typed, query="")


async def test_every_route_answers_as_described(
    discord: DiscordServer, rest: Rest, discord_checker: DiscordChecker
) -> None:
    tour = Tour(discord, rest)
    await tour.people()
    await tour.guilds()
    await tour.commands()
    await tour.messages()
    await tour.threads()
    await tour.channels()
    await tour.interactions()
    await tour.go("DELETE", f"/users/@me/guilds/{tour.guild}", status=204)
    used = {(e["method"], e["route"]) for e in discord.record.entries(kind="request") if e["status"] < 300}
    assert {(r.method, r.template) for r in ROUTES} - used == set()
    assert discord_checker.seen == len(discord.record.entries(kind="request"))
