"""A stand-in for Discord: its gateway and REST API v10, its users' side, and ways to break it."""

from __future__ import annotations

from botpod_local.discord.exchange import Exchange, Observer
from botpod_local.discord.server import DiscordServer
from botpod_local.discord.settings import Settings
from botpod_local.discord.world.default import default_world
from botpod_local.discord.world.world import World

__all__ = ["DiscordServer", "Exchange", "Observer", "Settings", "World", "default_world"]
