"""A small bot for the page's tests: straight on the gateway and REST, with a script for what it says."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING, Any, Self

import aiohttp

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

type Json = dict[str, Any]

INTENTS = 1 | 1 << 9 | 1 << 10 | 1 << 12 | 1 << 15
EPHEMERAL = 64
STRING, INTEGER = 3, 4
BUTTON, MENU, TEXT_INPUT = 2, 3, 4

COMMANDS: Sequence[Json] = (
    {
        "name": "ask",
        "description": "Ask the model a question",
        "options": [
            {"type": STRING, "name": "question", "description": "What to ask", "required": True},
            {
                "type": STRING,
                "name": "style",
                "description": "How to answer",
                "choices": [{"name": "Short", "value": "short"}, {"name": "Thorough", "value": "thorough"}],
            },
        ],
    },
    {
        "name": "remind",
        "description": "Be reminded of something",
        "options": [
            {
                "type": INTEGER,
                "name": "minutes",
                "description": "In how many minutes",
                "required": True,
                "min_value": 1,
                "max_value": 60,
            },
            {"type": STRING, "name": "what", "description": "What of", "required": True},
        ],
    },
    {
        "name": "city",
        "description": "Look a city up",
        "options": [
            {
                "type": STRING,
                "name": "name",
                "description": "Its name",
                "required": True,
                "autocomplete": True,
            }
        ],
    },
    {"name": "poll", "description": "Ask everyone"},
    {"name": "feedback", "description": "Tell us what you think"},
    {"name": "secret", "description": "Something for you alone"},
    {"name": "broken", "description": "Never answers"},
)
CITIES = ("Oslo", "Osaka", "Lisbon", "Lima")


def row(*components: Json) -> Json:
    return {"type": 1, "components": list(components)}


class PageBot:
    """Answers while it is entered.

    ``asked`` are the interactions it got, newest last; while ``free`` isn't set, a deferred answer waits.
    """

    def __init__(self, api_url: str, token: str) -> None:
        self._api, self._token = api_url, token
        self._stack = AsyncExitStack()
        self._votes: dict[str, int] = {}
        self.asked: list[Json] = []
        self.user_id = ""
        self.free = asyncio.Event()
        self.free.set()

    async def __aenter__(self) -> Self:
        headers = {"Authorization": f"Bot {self._token}"}
        self._http = await self._stack.enter_async_context(aiohttp.ClientSession(headers=headers))
        self.user_id = str((await self.call("GET", "/users/@me"))["id"])
        await self.call("PUT", f"/applications/{self.user_id}/commands", [*COMMANDS])
        ready = asyncio.Event()
        task = asyncio.create_task(self._run(ready))
        self._stack.push_async_callback(_end, task)
        async with asyncio.timeout(10):
            await ready.wait()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        async with self._http.request(method, self._api + path, json=body) as answer:
            text = await answer.text()
            if answer.status >= 400:
                raise RuntimeError(f"{method} {path}: {answer.status} {text}")
            return json.loads(text) if text else None

    async def send(self, channel_id: str, content: str, **fields: Any) -> Json:
        body = {"content": content, **fields}
        sent: Json = await self.call("POST", f"/channels/{channel_id}/messages", body)
        return sent

    async def edit(self, message: Json, content: str, **fields: Any) -> None:
        path = f"/channels/{message['channel_id']}/messages/{message['id']}"
        await self.call("PATCH", path, {"content": content, **fields})

    async def answer(self, interaction: Json, kind: int, data: Json | None = None) -> None:
        path = f"/interactions/{interaction['id']}/{interaction['token']}/callback"
        await self.call("POST", path, {"type": kind, "data": data} if data else {"type": kind})

    async def fill(self, interaction: Json, content: str) -> None:
        path = f"/webhooks/{self.user_id}/{interaction['token']}/messages/@original"
        await self.call("PATCH", path, {"content": content})

    async def _run(self, ready: asyncio.Event) -> None:
        url = (await self.call("GET", "/gateway/bot"))["url"]
        async with (
            asyncio.TaskGroup() as group,
            self._http.ws_connect(f"{url}/?v=10&encoding=json", max_msg_size=0) as ws,
        ):
            hello = await ws.receive_json()
            properties = {"os": "linux", "browser": "page-bot", "device": "page-bot"}
            identify = {"token": self._token, "intents": INTENTS, "properties": properties}
            await ws.send_json({"op": 2, "d": identify})
            seconds = hello["d"]["heartbeat_interval"] / 1000
            beats = group.create_task(_beat(ws, seconds))
            async for message in ws:
                event = json.loads(message.data)
                if event.get("t") == "READY":
                    ready.set()
                elif event.get("t") == "MESSAGE_CREATE":
                    group.create_task(self._message(event["d"]))
                elif event.get("t") == "INTERACTION_CREATE":
                    group.create_task(self._interaction(event["d"]))
            beats.cancel()

    async def _message(self, message: Json) -> None:
        called = any(user["id"] == self.user_id for user in message["mentions"])
        if message["author"].get("bot") or not (called or "guild_id" not in message):
            return
        text = message["content"].replace(f"<@{self.user_id}>", "").strip()
        await self.call("POST", f"/channels/{message['channel_id']}/typing")
        reference = {"message_id": message["id"]}
        sent = await self.send(message["channel_id"], f"You said: {text}", message_reference=reference)
        if "slowly" in text:
            await self.free.wait()
            await self.edit(sent, f"You said: {text} … and this was added later.")

    async def _interaction(self, interaction: Json) -> None:
        self.asked.append(interaction)
        data = interaction["data"]
        name = data.get("name", data.get("custom_id"))
        handle = getattr(self, f"_on_{name.split(':')[0]}", None)
        if handle is not None:
            await handle(interaction, {o["name"]: o["value"] for o in data.get("options", ())})

    async def _on_ask(self, interaction: Json, options: Mapping[str, Any]) -> None:
        await self.answer(interaction, 5)
        await self.free.wait()
        await self.fill(interaction, self.reply(options.get("style", "short"), options["question"]))

    def reply(self, style: str, question: str) -> str:
        """What /ask is answered with."""
        return f"A {style} answer to **{question}**"

    async def _on_remind(self, interaction: Json, options: Mapping[str, Any]) -> None:
        content = f"In {options['minutes']} minutes: {options['what']}"
        await self.answer(interaction, 4, {"content": content})

    async def _on_city(self, interaction: Json, options: Mapping[str, Any]) -> None:
        if interaction["type"] == 4:
            typed = str(options["name"]).lower()
            found = [{"name": c, "value": c} for c in CITIES if c.lower().startswith(typed)]
            await self.answer(interaction, 8, {"choices": found})
        else:
            await self.answer(interaction, 4, {"content": f"{options['name']} is a city."})

    async def _on_secret(self, interaction: Json, _: Mapping[str, Any]) -> None:
        await self.answer(interaction, 4, {"content": "Only you know.", "flags": EPHEMERAL})

    async def _on_poll(self, interaction: Json, _: Mapping[str, Any]) -> None:
        await self.answer(interaction, 4, self._poll())

    async def _on_vote(self, interaction: Json, _: Mapping[str, Any]) -> None:
        choice = interaction["data"]["custom_id"].removeprefix("vote:")
        self._votes[choice] = self._votes.get(choice, 0) + 1
        await self.answer(interaction, 7, self._poll())

    async def _on_when(self, interaction: Json, _: Mapping[str, Any]) -> None:
        await self.answer(interaction, 4, {"content": f"Noted: {interaction['data']['values'][0]}"})

    def _poll(self) -> Json:
        votes = ", ".join(f"{name}: {count}" for name, count in sorted(self._votes.items())) or "none yet"
        buttons = [
            {"type": BUTTON, "style": 1, "label": "Tea", "custom_id": "vote:tea"},
            {"type": BUTTON, "style": 2, "label": "Coffee", "custom_id": "vote:coffee"},
            {"type": BUTTON, "style": 4, "label": "Neither", "custom_id": "nothing", "disabled": True},
        ]
        options = [{"label": "Now", "value": "now"}, {"label": "Later", "value": "later"}]
        menu = {"type": MENU, "custom_id": "when", "placeholder": "When?", "options": options}
        return {"content": f"What shall we drink? Votes: {votes}", "components": [row(*buttons), row(menu)]}

    async def _on_feedback(self, interaction: Json, _: Mapping[str, Any]) -> None:
        if interaction["type"] == 5:
            written = interaction["data"]["components"][0]["components"][0]["value"]
            await self.answer(interaction, 4, {"content": f"Thank you: {written}", "flags": EPHEMERAL})
            return
        field = {"type": TEXT_INPUT, "custom_id": "text", "style": 2, "label": "What do you think?"}
        await self.answer(
            interaction, 9, {"custom_id": "feedback", "title": "Feedback", "components": [row(field)]}
        )


async def _beat(ws: aiohttp.ClientWebSocketResponse, seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds)
        await ws.send_json({"op": 1, "d": None})


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
