"""Which limits a request falls under. Pure.

Discord counts per bucket *and* top-level resource (a channel, a guild, a webhook with its token); which
bucket a route belongs to its answers tell, so a request is told apart by its route and its resource.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

_RESOURCES = frozenset({"channels", "guilds"})
_WITH_TOKEN = frozenset({"webhooks", "interactions"})
_BEFORE_NAMES = frozenset({"reactions", "invites", "templates"})
"""What follows these in a path is somebody's choice: an emoji, a code."""
_INTERACTION_TOKEN = "aW50ZXJhY3Rpb246"  # noqa: S105 - how each of them begins: "interaction:" in base64
_TOKEN_AT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a request is counted under.

    ``route`` is its method and its path without what varies; ``resource`` the top-level resource, "" for
    none; neither holds a token. ``counted``: against the bot's global limit. ``interaction``: it answers an
    interaction, which is due within seconds. ``shared``: other processes may send it too. ``common``: they
    may at any time, not only while one takes over from the other.
    """

    route: str
    resource: str
    counted: bool
    interaction: bool
    shared: bool
    common: bool


def target(method: str, path: str, *, authorised: bool) -> Target:
    """Return what a request to ``path``, below the API's address, is counted under.

    ``authorised``: it carries the bot's token. Without it Discord counts by the address, so it is no part
    of the bot's own 50 a second.
    """
    parts = path.partition("?")[0].strip("/").split("/")
    top = parts[0]
    resource = ""
    if len(parts) > 1 and parts[1].isdigit() and top in _RESOURCES | _WITH_TOKEN:
        resource = f"{top}/{parts[1]}"
        if top in _WITH_TOKEN and len(parts) > _TOKEN_AT:
            resource += f"/{_digest(parts[_TOKEN_AT])}"
    token = parts[_TOKEN_AT] if top in _WITH_TOKEN and len(parts) > _TOKEN_AT else ""
    interaction = top == "interactions" or token.startswith(_INTERACTION_TOKEN)
    return Target(
        route=f"{method} /{'/'.join(_without_what_varies(parts))}",
        resource=resource,
        counted=authorised and not interaction,
        interaction=interaction,
        # A first answer is given once, by whoever has the interaction, and must not wait for anybody.
        shared=top != "interactions",
        common=not interaction and top not in _RESOURCES,
    )


def _without_what_varies(parts: list[str]) -> list[str]:
    return [
        "{}"
        if part.isdigit()
        or (index == _TOKEN_AT and parts[0] in _WITH_TOKEN)
        or (index > 0 and parts[index - 1] in _BEFORE_NAMES)
        else part
        for index, part in enumerate(parts)
    ]


def _digest(token: str) -> str:
    return hashlib.blake2b(token.encode(), digest_size=8).hexdigest()
