"""What goes wrong is told to whoever asked, in words that say what to do, on the Discord where they asked."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from eventually import eventually

from botpod.config.schema import ModelSection
from botpod.dispatch import dispatcher
from botpod.models.backoff import Rounds
from botpod.models.fallback import ConfiguredModels
from botpod.replies.clock import MonotonicClock
from botpod.replies.stream import StreamedReply
from botpod.skills.chat import create
from botpod.skills.protocol import Command, Manifest, Option, SkillContext

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot_on_discord import Handle, StartBot

    from botpod.events import Place
    from botpod.replies.port import ReplyPort
    from botpod.skills.protocol import Request, Turn
    from botpod_local.discord import DiscordServer
    from botpod_local.models import ModelsServer

MANIFEST = Manifest(
    name="echo",
    description="Fails.",
    commands=(
        Command(name="ask", description="Ask.", options=(Option(name="text", description="What."),)),
        Command(name="purge", description="Purge.", requires=frozenset({"MANAGE_MESSAGES"})),
    ),
)
SECRET = "what only a developer should read"


class Forgetful:
    """A memory that keeps nothing."""

    async def recent(self, place: Place, *, limit: int) -> tuple[Turn, ...]:  # noqa: ARG002
        return ()

    async def add(self, place: Place, event_id: int, turns: Sequence[Turn]) -> None: ...


def chat(models: ModelsServer, *, configured: bool) -> Handle:
    """Return the chat skill with a model that fails, or with none."""
    section = ModelSection.model_validate(
        {"name": "main", "provider": "OpenAI", "model": "gpt-5-mini", "baseUrl": models.openai_url}
    )
    models.control.fail(503, times=None)

    async def handle(request: Request, port: ReplyPort) -> None:
        asked = ConfiguredModels(
            [section] if configured else [], secret=lambda _: "key", rounds=Rounds(count=1)
        )
        context = SkillContext(settings={}, instructions="", models=asked, conversations=Forgetful())
        try:
            await create(context).handle(request, StreamedReply(port, clock=MonotonicClock()))
        finally:
            await asked.close()

    return handle


def failing(_: ModelsServer) -> Handle:
    async def handle(_: Request, __: ReplyPort) -> None:
        raise ValueError(SECRET)

    return handle


def endless(_: ModelsServer) -> Handle:
    async def handle(request: Request, reply: ReplyPort) -> None:
        if request.author.name == "Linus":
            await asyncio.Event().wait()
        await reply.send("answered")

    return handle


def quick(_: ModelsServer) -> Handle:
    async def handle(_: Request, reply: ReplyPort) -> None:
        await reply.send("answered")

    return handle


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """What is asked for, what of it fails, and the sentence that is read then."""

    told: str
    asks: str = "ask"
    handle: Callable[[ModelsServer], Handle] = quick
    limits: dict[str, Any] = field(default_factory=dict)
    first: str | None = None
    """Who asks before, so that the limits are used up."""
    unreachable: str | None = None
    """What Discord doesn't tell."""


TROUBLES = {
    "no model answers": Trouble(
        handle=partial(chat, configured=True),
        told=r"Sorry, I couldn't reach any language model just now\. Please try again in a moment\.",
    ),
    "no model is configured": Trouble(
        handle=partial(chat, configured=False),
        told=r"I can't answer yet: no language model is configured for me\. Please tell my owner, .*",
    ),
    "too fast": Trouble(
        limits={"messagesPerUser": 1},
        first="ada",
        told=r"You are writing faster than I can answer\. Please give me about \d+ seconds\.",
    ),
    "too many at once": Trouble(
        handle=endless,
        limits={"concurrent": 1},
        first="linus",
        told=r"I have more to answer than I can manage right now\. Please try again in a minute\.",
    ),
    "not allowed": Trouble(asks="purge", told=r"`[!/]purge` needs the permission Manage Messages\."),
    "not known whether allowed": Trouble(
        asks="purge",
        unreachable="/guilds/*",
        told=r"I could not check whether you may use `!purge`\. Please try again in a minute\.",
    ),
    "our own failure": Trouble(
        handle=failing,
        told=r"Sorry, something went wrong on my side\. If it stays, please report it with `[0-9a-f]{16}`\.",
    ),
}


@pytest.mark.req("CP-11", "AC-68", "CL-27")
@pytest.mark.parametrize(
    ("trouble", "by"),
    [
        pytest.param(trouble, by, id=f"{name} to a {by}")
        for name, trouble in TROUBLES.items()
        for by in ("message", "command")
        # With a command Discord tells what somebody may.
        if by == "message" or not trouble.unreachable
    ],
)
async def test_what_goes_wrong_is_told_with_what_to_do(  # noqa: PLR0917 - fixtures
    trouble: Trouble,
    by: str,
    discord: DiscordServer,
    models: ModelsServer,
    start_bot: StartBot,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(dispatcher, "LONGEST_WAIT", 0.3)
    bot = await start_bot(handle=trouble.handle(models), manifest=MANIFEST, limits=trouble.limits)
    await eventually(lambda: len(discord.looking.commands()) == len(MANIFEST.commands))
    for command in discord.application.commands.values():
        command["default_member_permissions"] = None

    def ask(user: str) -> None:
        if by == "message":
            discord.people.post("general", user, f"!{trouble.asks} x")
        else:
            options = {"text": "x"} if trouble.asks == "ask" else {}
            discord.interacting.command("general", user, trouble.asks, options)

    if trouble.first:
        ask(trouble.first)
        await eventually(lambda: bot.dispatcher.unfinished if trouble.first == "linus" else bot.said())
    if trouble.unreachable:
        discord.faults.fail(500, count=50, method="GET", path=trouble.unreachable)
    before = len(bot.replies(user="ada"))
    who = "ada" if trouble.first or trouble.asks == "ask" else "grace"
    ask(who)

    await eventually(lambda: len(bot.said(user=who)) > before and all(bot.said(user=who)), seconds=30)
    (told,) = bot.said(user=who)[before:]
    assert re.fullmatch(trouble.told, told)
    assert SECRET not in told
    if id_ := re.search("`([0-9a-f]{16})`", told):
        # Under that number its cause is found.
        assert SECRET in caplog.text
        assert id_[1]
    await bot.dispatcher.drain(0)
