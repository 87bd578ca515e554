"""One story: people ask, things are done to the processes meanwhile, and at the end the record is judged."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from continuity.gaps import Mark
from continuity.transcript import Transcript
from continuity.verdict import Verdict, judge
from eventually import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from continuity.stories.load import Load
    from continuity.transcript import Entry

    from botpod_local.discord import DiscordServer

FOLLOW_SECONDS = 0.5
PATIENCE_SECONDS = 30.0
"""What isn't answered so long after the last question is lost."""
QUIET_SECONDS = 1.0
"""How long the next answer, or a second one, is waited for."""


class Scene:
    """Everything since the beginning, and what was done when."""

    def __init__(self, discord: DiscordServer, load: Load) -> None:
        self.discord = discord
        self.load = load
        self.marks: list[Mark] = []
        self._transcript = Transcript()
        self._begin = 0

    def mark(self, name: str, *, planned: bool) -> None:
        """Note that something is being done now."""
        self.marks.append(Mark(at=self.discord.world.now(), name=name, planned=planned))

    async def covered(self, shards: int, *, seconds: float = 60) -> None:
        """Wait until each of so many shards has a session that is connected."""

        def all_there() -> bool:
            there = {tuple(one["shard"]) for one in self.discord.looking.sessions() if one["connected"]}
            return there >= {(number, shards) for number in range(shards)}

        await eventually(all_there, seconds=seconds, every=0.05)

    @contextlib.asynccontextmanager
    async def asking(self, *, patience: float = PATIENCE_SECONDS) -> AsyncIterator[None]:
        """Let people ask for as long as the block lasts, and wait for what is still to be answered."""
        self._begin = self.discord.record.last
        following = asyncio.create_task(self._follow())
        asking = asyncio.create_task(self.load.run())
        try:
            yield
            self.load.stop()
            await asking
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await self._quiet()
            with contextlib.suppress(AssertionError):  # what is missing then, the verdict says
                await eventually(self._all_answered, seconds=patience, every=0.5)
            await self._quiet()
        finally:
            for task in (following, asking):
                task.cancel()
            await asyncio.gather(following, asking, return_exceptions=True)

    def verdict(self) -> Verdict:
        """Judge what has happened so far."""
        self._catch_up()
        return self._judged(self._transcript.entries)

    def told(self) -> Sequence[Entry]:
        """Return everything that the stand-in has recorded so far."""
        self._catch_up()
        return tuple(self._transcript.entries)

    def _judged(self, entries: Sequence[Entry]) -> Verdict:
        return judge(entries, begin=self._begin, marks=self.marks, expected=self.load.expected)

    async def _quiet(self) -> None:
        """Wait until nobody has said anything for a while."""
        before, now = -1, self._last_said()
        while now != before:
            await asyncio.sleep(QUIET_SECONDS)
            before, now = now, self._last_said()

    def _last_said(self) -> int:
        self._catch_up()
        said = (one["n"] for one in reversed(self._transcript.entries) if one["kind"] == "message")
        return next(said, 0)

    async def _all_answered(self) -> bool:
        # Of a long story this takes seconds, in which the stand-in must go on serving.
        self._catch_up()
        found = await asyncio.to_thread(self._judged, list(self._transcript.entries))
        return not (found.lost or found.lost_commands or found.unfinished)

    async def _follow(self) -> None:
        while True:
            self._catch_up()
            await asyncio.sleep(FOLLOW_SECONDS)

    def _catch_up(self) -> None:
        self._transcript.add(self.discord.record.entries(after=self._transcript.last))
