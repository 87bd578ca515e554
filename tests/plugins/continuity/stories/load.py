"""People who ask at a steady rate, in turn in every room: messages, and slash commands between."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from continuity.messages import Question
    from continuity.stories.town import Room

    from botpod_local.discord import DiscordServer


class Load:
    """Asks ``per_second`` times a second until stopped.

    Args:
        discord: where.
        rooms: in which rooms.
        per_second: how often, over all rooms; 0: only when told to.
        wording: a question; ``{}`` is what the answer must be.
        command_every: each so many-th question is the command ``/ask`` instead; 0: none is.
    """

    def __init__(
        self,
        discord: DiscordServer,
        rooms: Sequence[Room],
        *,
        per_second: float,
        wording: str = "!ask echo {}",
        command_every: int = 0,
    ) -> None:
        self._discord = discord
        self._rooms = rooms
        self._per_second = per_second
        self._wording = wording
        self._command_every = command_every
        self._expected: dict[str, str] = {}
        self._stopped = asyncio.Event()
        self.asked = 0

    def expected(self, question: Question) -> str | None:
        """Return what the answer to a question must be."""
        return self._expected.get(question.id)

    def stop(self) -> None:
        """Ask no more."""
        self._stopped.set()

    async def run(self) -> None:
        """Ask until stopped."""
        if not self._per_second:
            await self._stopped.wait()
        loop = asyncio.get_running_loop()
        due = loop.time()
        while not self._stopped.is_set():
            room = self._rooms[self.asked % len(self._rooms)]
            if self._command_every and self.asked % self._command_every == 0:
                self.command(room)
            else:
                self.ask(room)
            # On a machine that was busy what is overdue isn't made up for: that would be another load.
            due = max(due + 1 / self._per_second, loop.time())
            await asyncio.sleep(due - loop.time())

    def ask_everywhere(self) -> None:
        """Ask one question in each guild, now."""
        for room in {room.guild: room for room in reversed(self._rooms)}.values():
            self.ask(room)

    def ask(self, room: Room) -> None:
        """Ask in a message."""
        answer = self._next()
        posted = self._discord.people.post(room.channel_id, room.person, self._wording.format(answer))
        self._expected[posted["id"]] = answer

    def command(self, room: Room) -> None:
        """Ask by the command."""
        options = {"question": f"echo {self._next()}"}
        self._discord.interacting.command(room.channel_id, room.person, "ask", options)

    def _next(self) -> str:
        self.asked += 1
        return f"this is the whole of the answer number {self.asked}"
