"""What a Vault is asked for a look at a bot goes on without the look where it takes long.

Looks are few, and all bots share them: one that waited for a Vault that hangs would hold up those whose Vault
doesn't. So a look waits a moment, and not even that once a Vault is known to be slow; it is done again as
soon as the answer is there.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botpod_operator.errors import NotYet

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from botpod_operator.identity import BotKey

PATIENCE_SECONDS = 1.0
"""How long a look waits for a Vault; they answer within milliseconds."""
KEPT_SECONDS = 30.0
"""How long an answer waits for the look that takes it: it may hold values."""


class Slow:
    """Which Vaults take longer than a look waits for; each answer tells anew."""

    def __init__(self, *, patience: float = PATIENCE_SECONDS) -> None:
        self._patience = patience
        self._slow: set[str] = set()

    async def done(self, vault: str, task: asyncio.Future[Any]) -> bool:
        """Wait for a question to a Vault as long as a look may; return whether it is answered."""
        if not task.done() and vault not in self._slow:
            await asyncio.wait({task}, timeout=self._patience)
            if not task.done():
                self._slow.add(vault)
        return task.done()

    def took(self, vault: str, seconds: float) -> None:
        """A question was over after so many seconds."""
        if seconds <= self._patience:
            self._slow.discard(vault)

    def not_yet(self, address: str) -> NotYet:
        """Return what ends a look meanwhile: nothing is told of it, there will be an answer or an outage."""
        return NotYet(f"Vault at {address} takes longer than {self._patience:g} s")


@dataclass(slots=True)
class _Errand:
    what: str
    task: asyncio.Task[Any]
    left: bool = False
    """Whether a look went on without it."""


class Errands:
    """One question at a time for each bot; ``notify`` is called when one is over that no look waited for."""

    def __init__(self, *, slow: Slow, notify: Callable[[BotKey], None]) -> None:
        self._slow = slow
        self._notify = notify
        self._errands: dict[BotKey, _Errand] = {}

    def forget(self, bot: BotKey) -> None:
        """End what is asked for a bot that is gone."""
        errand = self._errands.pop(bot, None)
        if errand is not None:
            errand.task.cancel()

    async def run[T](
        self, bot: BotKey, what: str, call: Callable[[], Coroutine[Any, Any, T]], *, vault: str, address: str
    ) -> T:
        """Return what ``call`` does; an answer to the same question that came meanwhile is taken first.

        Raises:
            NotYet: it takes longer than a look waits.
        """
        errand = self._errands.get(bot)
        if errand is not None and errand.what != what:
            self.forget(bot)
            errand = None
        if errand is None:
            task = asyncio.create_task(self._timed(vault, call), name=f"vault for {bot}")
            errand = self._errands[bot] = _Errand(what, task)
        if not await self._slow.done(vault, errand.task):
            if not errand.left:
                errand.left = True
                errand.task.add_done_callback(lambda _: self._over(bot, errand))
            raise self._slow.not_yet(address)
        if self._errands.get(bot) is errand:
            del self._errands[bot]
        if errand.task.cancelled():
            raise self._slow.not_yet(address)
        found: T = errand.task.result()
        return found

    async def _timed[T](self, vault: str, call: Callable[[], Coroutine[Any, Any, T]]) -> T:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        try:
            return await call()
        finally:
            self._slow.took(vault, loop.time() - begun)

    def _over(self, bot: BotKey, errand: _Errand) -> None:
        if errand.task.cancelled() or self._errands.get(bot) is not errand:
            return
        errand.task.exception()  # taken note of, or the loop complains where no look comes any more
        asyncio.get_running_loop().call_later(KEPT_SECONDS, self._let_go, bot, errand)
        self._notify(bot)

    def _let_go(self, bot: BotKey, errand: _Errand) -> None:
        if self._errands.get(bot) is errand:
            del self._errands[bot]
