"""What a test or a person tells the stand-in while it runs, and what it remembers for them."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from botpod_local.models.conversation import Ask, Vendor
from botpod_local.models.friendly import friendly
from botpod_local.models.replies import Reply, Rule
from botpod_local.models.trouble import NONE, Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from botpod_local.models.exchange import Exchange, Observer

REMEMBERED = 10_000
"""How many exchanges are kept; the oldest go first."""

type Counted[Order] = tuple[Order, list[int | None]]
"""Something ordered, and how often it may still be had (``None``: always)."""


class Control:
    """Rules, troubles, accepted keys, and the record of requests.

    Without rules the friendly default answers; without :meth:`accept` any key will do, but none at all won't.
    """

    def __init__(self, *, observer: Observer | None = None) -> None:
        self.requests: deque[Exchange] = deque(maxlen=REMEMBERED)
        self._observer = observer
        self._rules: list[Counted[Rule]] = []
        self._troubles: list[Counted[Trouble]] = []
        self._keys: dict[Vendor, frozenset[str] | None] = dict.fromkeys(Vendor)
        self._keyless: set[Vendor] = set()
        self._models: dict[Vendor, frozenset[str] | None] = dict.fromkeys(Vendor)
        self._changed = asyncio.Condition()
        self._healed = asyncio.Event()

    # What is answered

    def on(
        self,
        match: str,
        reply: str | Reply | Callable[[Ask], Reply],
        *,
        vendor: Vendor | None = None,
        model: str | None = None,
        after_tool: bool = False,
        times: int | None = None,
    ) -> None:
        """Answer what ``match`` is found in with ``reply``; of several such rules the newest answers."""
        made = Reply(text=reply) if isinstance(reply, str) else reply
        self.add(
            Rule(match=match, reply=made, vendor=vendor, model=model, after_tool=after_tool, times=times)
        )

    def add(self, rule: Rule) -> None:
        """Put ``rule`` before all others."""
        self._rules.insert(0, (rule, [rule.times]))

    def forget_rules(self) -> None:
        """Go back to the friendly default."""
        self._rules.clear()

    def reply(self, ask: Ask) -> Reply:
        """Return the answer to ``ask``, and count it against its rule."""
        rule = _take(self._rules, lambda rule: rule.covers(ask))
        return friendly(ask) if rule is None else rule.answer(ask)

    # What goes wrong

    def trouble(self, trouble: Trouble) -> None:
        """Let something go wrong; troubles are met in the order in which they were given."""
        self._healed.clear()
        self._troubles.append((trouble, [trouble.times]))

    def fail(self, status: int = 500, *, times: int | None = 1, vendor: Vendor | None = None) -> None:
        """Answer with an error of that status."""
        self.trouble(Trouble(status=status, times=times, vendor=vendor))

    def rate_limit(
        self, *, retry_after: float = 1.0, times: int | None = 1, vendor: Vendor | None = None
    ) -> None:
        """Answer 429 with the vendor's headers; ``retry_after`` is in seconds."""
        self.trouble(Trouble(status=429, retry_after=retry_after, times=times, vendor=vendor))

    def slow(
        self,
        *,
        first_token: float = 0.0,
        between_tokens: float = 0.0,
        times: int | None = None,
        vendor: Vendor | None = None,
    ) -> None:
        """Wait that many seconds before the first token and between any two."""
        self.trouble(
            Trouble(first_token=first_token, between_tokens=between_tokens, times=times, vendor=vendor)
        )

    def cut(self, *, after: int = 0, times: int | None = 1, vendor: Vendor | None = None) -> None:
        """Drop the connection after that many pieces of the answer."""
        self.trouble(Trouble(cut_after=after, times=times, vendor=vendor))

    def stall(self, *, after: int = 0, times: int | None = 1, vendor: Vendor | None = None) -> None:
        """Fall silent after that many pieces, until healed; then the answer goes on."""
        self.trouble(Trouble(stall_after=after, times=times, vendor=vendor))

    def heal(self) -> None:
        """End all troubles, stalls included."""
        self._troubles.clear()
        self._healed.set()

    def take_trouble(self, vendor: Vendor, model: str) -> Trouble:
        """Return what a request now meets, and count it."""
        return _take(self._troubles, lambda trouble: trouble.covers(vendor, model)) or NONE

    async def healed(self) -> None:
        """Wait for :meth:`heal`."""
        await self._healed.wait()

    # Who may ask, and for what

    def accept(self, vendor: Vendor, *keys: str) -> None:
        """Accept these keys and no others."""
        self._keys[vendor] = frozenset(keys)
        self._keyless.discard(vendor)

    def accept_any(self, vendor: Vendor, *, keyless: bool = False) -> None:
        """Accept any key; with ``keyless`` also none, as many compatible servers do."""
        self._keys[vendor] = None
        (self._keyless.add if keyless else self._keyless.discard)(vendor)

    def accepts(self, vendor: Vendor, key: str) -> bool:
        """Say whether a request with ``key`` (empty for none) is let in."""
        known = self._keys[vendor]
        return (not key and vendor in self._keyless) or (bool(key) and (known is None or key in known))

    def offer(self, vendor: Vendor, *models: str) -> None:
        """Offer these models (at Azure: deployments) and no others; by default any name will do."""
        self._models[vendor] = frozenset(models)

    def offered(self, vendor: Vendor) -> frozenset[str] | None:
        """Return what :meth:`offer` was given, ``None`` for any."""
        return self._models[vendor]

    # What was asked

    async def record(self, exchange: Exchange) -> None:
        """Remember ``exchange``, tell the observer and whoever waits."""
        self.requests.append(exchange)
        if self._observer is not None:
            self._observer(exchange)
        async with self._changed:
            self._changed.notify_all()

    async def wait_for(
        self, count: int = 1, *, where: Callable[[Exchange], bool] = lambda _: True, seconds: float = 10.0
    ) -> list[Exchange]:
        """Wait until ``count`` exchanges that satisfy ``where`` are over, and return them.

        Raises TimeoutError after ``seconds``.
        """

        def found() -> list[Exchange]:
            return [exchange for exchange in self.requests if where(exchange)]

        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(lambda: len(found()) >= count)
        return found()


def _take[Order](orders: Iterable[Counted[Order]], covers: Callable[[Order], bool]) -> Order | None:
    """Return the first order that covers what is asked and isn't used up, and count it."""
    for order, left in orders:
        if left[0] != 0 and covers(order):
            left[0] = None if left[0] is None else left[0] - 1
            return order
    return None
