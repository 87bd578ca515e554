"""The configuration file of the bot. Pure."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from botpod_local.demo.plan import BOT
from botpod_local.standins import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from botpod_credentials.keys import Kind
    from botpod_local.tryout.plan import Services

DISCORD_TOKEN = "discord-token"  # noqa: S105 - a name
KINDS: Mapping[str, Kind] = {
    DISCORD_TOKEN: "DiscordToken",
    "openai-api-key": "OpenAI",
    "anthropic-api-key": "Anthropic",
}
GRACE_SECONDS = 5
"""What an answer under way may take once it is asked to end."""


def bot_command(config: Path) -> list[str]:
    """Return the command of a bot."""
    return [sys.executable, "-m", "botpod", "run", "--config", str(config)]


def configuration(
    *,
    services: Services,
    model: Mapping[str, str],
    credentials: Path,
    database: Path,
    ports: tuple[int, int],
) -> dict[str, Any]:
    """Return what ``botpod run`` reads.

    ``model`` has ``provider`` and ``model``; ``credentials`` is the folder with their files; ``ports`` are
    the public and the internal one, on loopback.
    """
    key = f"{model['provider'].lower()}-api-key"
    public, internal = ports
    return {
        "bot": {"name": BOT},
        "discord": {"apiUrl": services.discord, "credential": DISCORD_TOKEN},
        "credentials": {
            "directory": str(credentials),
            "keys": [{"name": name, "kind": KINDS[name]} for name in (DISCORD_TOKEN, key)],
        },
        "models": [
            {"name": "main", **model, "baseUrl": services.model(model["provider"]), "credential": key}
        ],
        "state": {"sql": {"url": f"sqlite+aiosqlite:///{database}"}},
        "server": {
            "publicPort": public,
            "internalPort": internal,
            "publicHost": LOOPBACK,
            "internalHost": LOOPBACK,
        },
        "shutdown": {"graceSeconds": GRACE_SECONDS},
    }
