"""What is done to a bot while people go on asking, whatever its processes run in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventually import eventually

if TYPE_CHECKING:
    from continuity.stories.scene import Scene

LINGERING_SECONDS = 60.0
"""The most that sessions go on with a token that was reset, once the new one is there."""
AFTERMATH_SECONDS = 3.0
"""How long answers that waited for a killed process's shards keep coming."""


@dataclass(frozen=True, kw_only=True)
class Acts(ABC):
    """Each returns when every shard has a connected session again."""

    scene: Scene

    @abstractmethod
    async def roll(self) -> None:
        """Replace every process, one after the other."""

    @abstractmethod
    async def scale(self, to: int) -> None:
        """Have ``to`` processes."""

    @abstractmethod
    async def kill(self) -> None:
        """Kill one process, and have another in its place."""

    @abstractmethod
    async def reshard(self, to: int) -> None:
        """Have ``to`` shards."""

    @abstractmethod
    async def redis_away(self, seconds: float) -> None:
        """Take Redis away for so long."""

    @abstractmethod
    async def deliver(self, token: str) -> None:
        """Bring a new token to every process."""

    @abstractmethod
    async def covered(self) -> None:
        """Wait until every shard has a connected session."""

    async def cut(self) -> None:
        """Reset every gateway connection."""
        self.scene.mark("cut", planned=False)
        self.scene.discord.faults.cut()
        await self.covered()

    async def invalidate(self) -> None:
        """Tell every client that its session is over (op 9, false); people ask before any can begin anew."""
        self.scene.mark("op 9", planned=False)
        self.scene.discord.faults.invalidate(resumable=False)
        self.scene.load.ask_everywhere()
        await self.covered()

    async def reset_token(self, *, linger: bool) -> None:
        """Reset the token and bring the new one; sessions die at once, or linger until others are there."""
        self.scene.mark("token reset", planned=False)
        token = self.scene.discord.faults.reset_token(linger=linger)["token"]
        self.scene.load.ask_everywhere()
        await self.deliver(token)
        if linger:
            # What is lost of those who stay with the old one, the verdict says.
            with suppress(AssertionError):
                await eventually(self._nobody_lingers, seconds=LINGERING_SECONDS, every=0.1)
            self.scene.mark("lingering sessions end", planned=False)
            self.scene.discord.faults.end_lingering()
            self.scene.load.ask_everywhere()
        await self.covered()

    def _nobody_lingers(self) -> bool:
        return not any(one["lingers"] for one in self.scene.discord.looking.sessions())
