"""A world in a file: what people and bots wrote is there again the next time.

Kept are people, bots, guilds, channels and messages; not sessions, interactions under way and nonces, which
don't outlive a Discord. The file holds the bots' tokens and keys, so only its owner may read it.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from pydantic import ConfigDict, TypeAdapter, ValidationError

from botpod_local.cache import write_atomically
from botpod_local.discord.world.records import (  # noqa: TC001 - pydantic reads the annotations
    Application,
    Channel,
    Guild,
    User,
)
from botpod_local.discord.world.world import World
from botpod_local.errors import LocalError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from botpod_local.discord.clock import Clock
    from botpod_local.discord.world.happening import Happening

log = logging.getLogger(__name__)

SAVE_SECONDS = 0.5
"""How long changes are gathered; so much is lost at most where the process is killed."""


@dataclass(slots=True, kw_only=True)
class _Kept:
    __pydantic_config__ = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    users: dict[int, User]
    guilds: dict[int, Guild]
    channels: dict[int, Channel]
    applications: dict[int, Application]
    guilds_made: int
    newest_id: int


@cache
def _adapter() -> TypeAdapter[_Kept]:
    return TypeAdapter(_Kept)


def text_of(world: World) -> str:
    """Return a world as JSON."""
    kept = _Kept(
        users=world.users,
        guilds=world.guilds,
        channels=world.channels,
        applications=world.applications,
        guilds_made=world.guilds_made,
        newest_id=world.snowflakes.newest,
    )
    return _adapter().dump_json(kept).decode()


def world_in(text: str, *, clock: Clock | None = None) -> World:
    """Return the world that :func:`text_of` wrote down. Raises ValueError where it is none."""
    kept = _adapter().validate_json(text)
    world = World(clock=clock)
    world.users, world.guilds, world.channels = kept.users, kept.guilds, kept.channels
    world.applications, world.guilds_made = kept.applications, kept.guilds_made
    world.snowflakes.newest = kept.newest_id
    world.files = {
        attachment.id: attachment
        for channel in kept.channels.values()
        for message in channel.messages.values()
        for attachment in message.attachments
    }
    return world


def read_world(file: Path) -> World | None:
    """Return the world in ``file``, None where there is none. LocalError where the file is something else."""
    try:
        return world_in(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (ValidationError, UnicodeDecodeError):
        # pydantic's text would quote what it can't read.
        raise LocalError(f"{file} can't be read as a Discord's world: remove it to begin anew.") from None


@asynccontextmanager
async def kept(world: World, file: Path) -> AsyncIterator[None]:
    """Keep ``file`` as the world is; what a failing disk doesn't take is tried again at the next change."""
    changed, over = asyncio.Event(), asyncio.Event()

    def hear(_: Happening) -> None:
        changed.set()

    async def follow() -> None:
        while not over.is_set():
            await changed.wait()
            with suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), SAVE_SECONDS)
            changed.clear()
            try:
                await asyncio.to_thread(write_atomically, file, text_of(world), mode=0o600)
            except LocalError as error:
                log.warning("What was said can't be kept: %s", error)

    write_atomically(file, text_of(world), mode=0o600)
    forget = world.subscribe(hear)
    task = asyncio.create_task(follow(), name="keep the world")
    try:
        yield
    finally:
        forget()
        over.set()
        changed.set()
        await task
