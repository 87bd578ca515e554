"""What a bot keeps while the operator is exchanged, and what it goes on doing."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from eventually import eventually
from stage import PERSON

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stage import Stage

CHILDREN = (
    *("configmap", "deployment", "networkpolicy", "poddisruptionbudget"),
    *("secret", "service", "serviceaccount", "persistentvolumeclaim"),
)
CHAT = "random"


@dataclass(frozen=True, kw_only=True)
class Steady:
    """What no exchange of the operator may change.

    Attributes:
        pods: by uid, with how often their containers were restarted.
        template: the Deployment's; a difference is a restart that is about to happen.
        children: the uid of each object of the bot, by kind.
        secret: the credentials.
        credentials: the version in use and the number of pods that use it.
    """

    pods: dict[str, int]
    template: dict[str, Any]
    children: dict[str, str]
    secret: dict[str, str]
    credentials: tuple[str, int]


def changed(before: Steady, now: Steady) -> dict[str, tuple[object, object]]:
    """Return what differs, as it was and as it is."""
    pairs = {field.name: (getattr(before, field.name), getattr(now, field.name)) for field in fields(Steady)}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


async def steady(stage: Stage) -> Steady:
    """Return what is so now; the bot's status tells of its newest generation and is good."""
    await stage.up_to_date()
    bot = await stage.kubectl.get("bot", "hello")
    status, generation = bot["status"], bot["metadata"]["generation"]
    conditions = {one["type"]: (one["status"], one["observedGeneration"]) for one in status["conditions"]}
    assert status["observedGeneration"] == generation
    assert conditions["Ready"] == ("True", generation)
    objects = {kind: await stage.kubectl.items(kind, "-l", "botpod.dev/bot=hello") for kind in CHILDREN}
    assert all(len(found) == 1 for kind, found in objects.items() if kind != "persistentvolumeclaim")
    return Steady(
        pods={
            pod["metadata"]["uid"]: sum(one["restartCount"] for one in pod["status"]["containerStatuses"])
            for pod in await stage.kubectl.items("pods", "-l", "botpod.dev/bot=hello")
        },
        template=objects["deployment"][0]["spec"]["template"],
        children={kind: one["metadata"]["uid"] for kind, found in objects.items() for one in found},
        # Helm writes its version on the databases' Secrets, which counts as a delivery of the same values.
        secret={key: value for key, value in objects["secret"][0]["data"].items() if key != ".delivery"},
        credentials=(status["credentials"]["version"], status["credentials"]["usedBy"]),
    )


async def chat_until(done: asyncio.Task[object], stages: Iterable[Stage]) -> None:
    """Go on asking the bots once a second until something is done; who answered what is looked at later."""
    number = 0
    while not done.done():
        number += 1
        for stage in stages:
            stage.discord.people.post(CHAT, PERSON, f"!ask there {number}")
        await asyncio.wait({done}, timeout=1)
    await done


async def all_answered_once(stage: Stage, channel: str) -> None:
    """Wait until everything said in a channel is answered, and then until nothing more comes."""
    with contextlib.suppress(AssertionError):  # what is missing is said below
        await eventually(lambda: not _answered_otherwise(stage, channel), seconds=30, every=0.5)
    await stage.quiet()
    assert not _answered_otherwise(stage, channel)


def _answered_otherwise(stage: Stage, channel: str) -> dict[str, int]:
    """Return what people said in a channel that was not answered exactly once, with how often it was."""
    me = str(stage.discord.application.bot_user_id)
    messages = stage.discord.looking.messages(channel, limit=10_000)
    answers = Counter(
        (message.get("message_reference") or {}).get("message_id")
        for message in messages
        if message["author"]["id"] == me
    )
    asked = {message["id"]: message["content"] for message in messages if message["author"]["id"] != me}
    return {content: answers[number] for number, content in asked.items() if answers[number] != 1}
