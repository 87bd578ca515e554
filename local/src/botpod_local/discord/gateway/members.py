"""Answering "request guild members"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botpod_local.discord.gateway.codes import Close, Closing
from botpod_local.discord.gateway.intents import Intent
from botpod_local.discord.payloads.users import member_payload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botpod_local.discord.gateway.session import Session
    from botpod_local.discord.world.records import Guild, Json
    from botpod_local.discord.world.world import World

CHUNK = 1000
MOST_IDS = 100


def members_chunks(world: World, session: Session, data: Any) -> Iterator[Json]:
    """Yield the data of each GUILD_MEMBERS_CHUNK.

    Raises:
        Closing: 4002 for a request not of its form, 4014 for all members without their intent.
    """
    if not isinstance(data, dict):
        raise Closing(Close.DECODE_ERROR)
    query, ids = data.get("query"), data.get("user_ids")
    limit = data.get("limit", 0)
    try:
        guild = world.guilds.get(int(data["guild_id"]))
        wanted = None if ids is None else [int(i) for i in (ids if isinstance(ids, list) else [ids])]
    except (KeyError, TypeError, ValueError):
        raise Closing(Close.DECODE_ERROR) from None
    of_its_form = isinstance(query, str | None) and isinstance(limit, int)
    if not of_its_form or (query is None) == (wanted is None):
        raise Closing(Close.DECODE_ERROR)
    if query == "" and limit == 0 and not session.intents & Intent.GUILD_MEMBERS:
        raise Closing(Close.DISALLOWED_INTENTS)
    if guild is None or session.application.bot_user_id not in guild.members:
        return
    found, missing = _chosen(world, guild, query, wanted)
    if wanted is None and limit:
        found = found[:limit]
    yield from _chunked(world, guild, found, missing, data.get("nonce"))


def _chosen(
    world: World, guild: Guild, query: str | None, wanted: list[int] | None
) -> tuple[list[int], list[int]]:
    if wanted is not None:
        asked = wanted[:MOST_IDS]
        return [i for i in asked if i in guild.members], [i for i in asked if i not in guild.members]
    return world.members_named(guild, query or ""), []


def _chunked(world: World, guild: Guild, found: list[int], missing: list[int], nonce: Any) -> Iterator[Json]:
    count = max(1, -(-len(found) // CHUNK))
    for index in range(count):
        some = found[index * CHUNK : (index + 1) * CHUNK]
        chunk: Json = {
            "guild_id": str(guild.id),
            "members": [member_payload(guild.members[i], world.users[i]) for i in some],
            "chunk_index": index,
            "chunk_count": count,
        }
        if missing:
            chunk["not_found"] = [str(i) for i in missing]
        if isinstance(nonce, str):
            chunk["nonce"] = nonce
        yield chunk
