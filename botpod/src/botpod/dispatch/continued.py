"""An answer's way out that goes on where another pod ended, in the same messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

from botpod.dispatch.passing import PassingPort
from botpod.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botpod.dispatch.port import EventPort
    from botpod.inbox.port import Ledger


class ContinuedPort(PassingPort):
    """Remembers in the ledger which message each part is.

    ``said`` are those of who began the answer: part → message.
    """

    def __init__(self, port: EventPort, *, event: str, ledger: Ledger, said: Mapping[int, int]) -> None:
        super().__init__(port)
        self._event = event
        self._ledger = ledger
        self._said = said
        self._parts = 0

    @property
    def begun(self) -> bool:
        """Whether something of the answer was there before."""
        return bool(self._said)

    @override
    async def send(self, content: str, *, part: int = 0) -> int:
        self._parts = max(self._parts, part + 1)
        before = self._said.get(part)
        if before is not None and await self._replaced(before, content):
            return before
        message = await super().send(content, part=part)
        await self._ledger.note(self._event, part, message)
        return message

    async def _replaced(self, message: int, content: str) -> bool:
        try:
            await self.edit(message, content)
        except Rejected:
            # Somebody deleted it meanwhile.
            return False
        return True

    async def finish(self) -> None:
        """Take away what is left of a longer answer; where nothing was said all of it stays."""
        surplus = [message for part, message in self._said.items() if 0 < self._parts <= part]
        for message in surplus:
            await self.delete(message)
