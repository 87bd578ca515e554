"""The processes of one bot, as a Deployment would have them as pods: started, stopped and killed by name."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot_process import BotProcess
from eventually import eventually
from processes import free_port

if TYPE_CHECKING:
    from pathlib import Path

    from botpod_local.discord import DiscordServer
    from botpod_local.models import ModelsServer

MANY = 100_000


@dataclass(kw_only=True)
class Fleet:
    """``shards`` counts for what is started from then on; ``members`` are those that run, oldest first."""

    directory: Path
    discord: DiscordServer
    models: ModelsServer
    redis_url: str
    shards: int
    typing: bool = False
    lease_seconds: float
    echo: bool = True
    module: str = "botpod"
    members: list[BotProcess] = field(default_factory=list)
    _started: int = 0

    def __post_init__(self) -> None:
        self._credentials.mkdir(exist_ok=True)
        self.give_token(self.discord.token)
        (self._credentials / "openai-api-key").write_text("sk-of-the-story", encoding="utf-8")

    @property
    def _credentials(self) -> Path:
        return self.directory / "credentials"

    def give_token(self, token: str) -> None:
        """Put a token where all members read it, at once as the kubelet does."""
        fresh = self._credentials / ".fresh"
        fresh.write_text(token, encoding="utf-8")
        fresh.replace(self._credentials / "discord-token")

    async def add(self) -> BotProcess:
        """Start one more and wait until it is ready."""
        self._started += 1
        directory = self.directory / f"bot-{self._started}"
        directory.mkdir()
        bot = BotProcess(directory, self._configuration(), echo=self.echo, module=self.module)
        self.members.append(bot)
        await bot.start()
        return bot

    async def spread(self) -> None:
        """Wait until every member owns its part of the shards."""

        async def spread() -> bool:
            pages = [await bot.get("/status") for bot in self.members]
            return all(len(page["shards"]) >= self.shards // len(self.members) for _, page in pages if page)

        await eventually(spread, seconds=60, every=0.1)

    async def stop(self, *bots: BotProcess) -> None:
        """Tell them to stop, all at once, and wait until they have."""
        self.members = [one for one in self.members if one not in bots]
        await asyncio.gather(*(bot.stop() for bot in bots))

    async def kill(self, bot: BotProcess) -> None:
        """End one as a crash does."""
        self.members.remove(bot)
        await bot.kill()

    async def close(self) -> None:
        """End what still runs."""
        await asyncio.gather(*(bot.kill() for bot in self.members))

    def _configuration(self) -> dict[str, Any]:
        keys = {"discord-token": "DiscordToken", "openai-api-key": "OpenAI"}
        model = {"name": "main", "provider": "OpenAI", "model": "any", "credential": "openai-api-key"}
        return {
            "bot": {"name": "hello"},
            "discord": {
                "apiUrl": self.discord.api_url,
                "shards": {"mode": "Fixed", "count": self.shards, "leaseSeconds": self.lease_seconds},
            },
            "credentials": {
                "directory": os.fspath(self._credentials),
                "keys": [{"name": name, "kind": kind} for name, kind in keys.items()],
            },
            "models": [model | {"baseUrl": self.models.openai_url}],
            # Four people ask for many. What is remembered isn't tried here.
            "limits": {"messagesPerUser": MANY, "concurrentPerUser": MANY, "concurrentPerChannel": MANY},
            "flags": {"memory": False, "typing": self.typing},
            "state": {
                "sql": {"url": f"sqlite+aiosqlite:///{self.directory}/botpod.db"},
                "redis": {"url": self.redis_url},
            },
            "server": {"publicPort": free_port(), "internalPort": free_port()},
        }
