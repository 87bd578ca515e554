"""What Vault's metadata said last of each entry: read once per interval for all the bots that share it.

A bot learns from here that there is a new version. The values it reads itself, with a login of its own: who
may not read an entry gets nothing from knowing its version.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botpod_credentials.errors import CredentialsUnusable
from botpod_operator.credentials.outages import OF_THE_VAULT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from botpod_credentials.vault.entry import Entry
    from botpod_operator.credentials.errands import Slow
    from botpod_operator.credentials.outages import Outages
    from botpod_operator.credentials.places import Place
    from botpod_operator.identity import BotKey
    from botpod_operator.watch.queue import Queue

    type Reader = Callable[[], Awaitable[Entry]]
    """Reads the metadata as one bot; raises CredentialsUnusable."""

DENIALS = frozenset({"VaultLoginDenied", "VaultPermissionDenied"})
"""Troubles that a Vault itself told of: it answers."""
OF_THE_BOT = DENIALS | {"TokenUnavailable", "VaultRateLimited", "VaultUnexpected"}
"""Troubles that only the bot has that asked, or its role."""
UNASKED = frozenset({"TokenUnavailable", "VaultRateLimited"})
"""Troubles that a Vault may not even have been asked for: whoever was told to wait doesn't."""
NEVER = float("-inf")
READERS_PER_POLL = 4
"""How many bots' logins are tried for one reading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultKnown:
    """What is known of the Vault at one address: how many entries are read, and what is wrong with it."""

    entries: int
    problems: frozenset[str]


@dataclass(slots=True)
class _Reading:
    """What is known of one place, and who wants to know."""

    readers: dict[BotKey, tuple[Reader, float]] = field(default_factory=dict)
    told: Entry | CredentialsUnusable | None = None
    entry: Entry | None = None
    """The last ``told`` that was an answer."""
    personal: dict[BotKey, CredentialsUnusable] = field(default_factory=dict)
    asking: asyncio.Task[None] | None = None
    again: dict[BotKey, asyncio.Task[None]] = field(default_factory=dict)
    """Bots that were denied and try for themselves."""
    left: set[BotKey] = field(default_factory=set)
    """Bots whose look didn't wait for the answer."""
    asked_at: float = NEVER
    read_at: float = NEVER
    """When ``told`` was last an answer."""

    @property
    def interval(self) -> float:
        return min(seconds for _, seconds in self.readers.values())


class Board:
    """Readings of metadata, each shared by all bots of its place.

    ``notify`` is called for every bot of a place when what is known of it changed.
    """

    def __init__(
        self,
        *,
        queue: Queue[Place],
        outages: Outages,
        slow: Slow,
        notify: Callable[[BotKey], None],
        clock: Callable[[], float],
        jitter: Callable[[float, float], float],
    ) -> None:
        self._queue = queue
        self._outages = outages
        self._slow = slow
        self._notify = notify
        self._clock = clock
        self._jitter = jitter
        self._readings: dict[Place, _Reading] = {}
        self._places: dict[BotKey, Place] = {}

    def follow(self, bot: BotKey, place: Place, reader: Reader, *, interval: float) -> None:
        """Have ``place`` read for ``bot`` every ``interval`` seconds, and no other any more."""
        if self._places.get(bot, place) != place:
            self.forget(bot)
        self._places[bot] = place
        self._readings.setdefault(place, _Reading()).readers[bot] = (reader, interval)

    def forget(self, bot: BotKey) -> None:
        """Read nothing more for a bot."""
        place = self._places.pop(bot, None)
        reading = self._readings.get(place) if place else None
        if place is None or reading is None:
            return
        reading.readers.pop(bot, None)
        reading.personal.pop(bot, None)
        reading.left.discard(bot)
        if bot in reading.again:
            reading.again[bot].cancel()
        if not reading.readers:
            del self._readings[place]

    def age(self, bot: BotKey) -> float | None:
        """Return for how many seconds nobody has read the bot's place; None for a bot without one."""
        place = self._places.get(bot)
        return self._clock() - self._readings[place].read_at if place else None

    def written(self, bot: BotKey, *, source: str, version: str) -> float | None:
        """Return when a version that came from ``source`` was written, in seconds since the epoch.

        None where nobody knows: it isn't from the bot's place, or Vault tells of that version no more.
        """
        place = self._places.get(bot)
        entry = self._readings[place].entry if place else None
        if place is None or entry is None or place.source != source:
            return None
        return entry.written.get(int(version))

    def vaults(self) -> dict[str, VaultKnown]:
        """Return what is known of each Vault, by address."""
        found: dict[str, VaultKnown] = {}
        for place in self._readings:
            known = found.get(place.address, VaultKnown(entries=0, problems=frozenset()))
            problem = self._outages.known(place.vault)
            new = frozenset((problem.reason,)) if problem else frozenset()
            found[place.address] = VaultKnown(entries=known.entries + 1, problems=known.problems | new)
        return found

    async def look(self, bot: BotKey, *, fresh: bool = False) -> Entry:
        """Return what is known of the bot's place; read it first where nothing is, or for a ``fresh`` look.

        Raises:
            CredentialsUnusable: it can't be read, by anybody or by this bot.
            NotYet: it takes longer than a look waits.
        """
        place = self._places[bot]
        reading = self._readings[place]
        if reading.told is None or fresh:
            if not await self._read(place, reading, first=bot):
                reading.left.add(bot)
                raise self._slow.not_yet(place.address)
        elif bot in reading.personal:
            await self._try_again(place, reading, bot)
        if bot in reading.personal:
            raise reading.personal[bot]
        if isinstance(reading.told, CredentialsUnusable):
            raise reading.told
        if reading.told is None:
            raise CredentialsUnusable(
                "VaultUnavailable", f"{place.mount}/{place.path} in Vault isn't read yet.", certain=False
            )
        return reading.told

    async def poll(self, place: Place) -> float | None:
        """Read a place when it is due; return in how many seconds it is the next time."""
        reading = self._readings.get(place)
        if reading is None:
            return None
        early = reading.asked_at + reading.interval - self._clock()
        if early > 0:
            return early
        if not await self._read(place, reading) and reading.asking is not None:
            # Whoever polls has other Vaults to ask meanwhile.
            reading.asking.add_done_callback(lambda asked: self._failed(place, asked))
        return None

    async def minded[T](self, bot: BotKey, call: Callable[[], Awaitable[T]]) -> T:
        """Return what ``call`` gets from the bot's Vault, unless that is down; heed what it tells of it."""
        vault = self._places[bot].vault
        down = self._outages.problem(vault)
        if down is not None:
            raise down
        try:
            answer = await call()
        except CredentialsUnusable as problem:
            self._heed(vault, problem)
            raise
        self._outages.answered(vault)
        return answer

    def _heed(self, vault: str, problem: CredentialsUnusable) -> None:
        if problem.reason in OF_THE_VAULT:
            self._outages.failed(vault, problem)
        elif problem.reason not in UNASKED:
            self._outages.answered(vault)

    def _failed(self, place: Place, asked: asyncio.Task[None]) -> None:
        """A reading that nobody waited for ended; where that was a mistake of ours it is done again."""
        if not asked.cancelled() and asked.exception() is not None and place in self._readings:
            self._queue.retry(place)

    async def _read(self, place: Place, reading: _Reading, *, first: BotKey | None = None) -> bool:
        """Read a place, or wait for whoever does so already; return whether it was over in time."""
        if reading.asking is None or reading.asking.done():
            reading.asking = asyncio.create_task(self._ask(place, reading, first), name=f"vault {place.path}")
        asking = reading.asking
        if not await self._slow.done(place.vault, asking):
            return False
        asking.result()
        return True

    async def _ask(self, place: Place, reading: _Reading, first: BotKey | None) -> None:
        before = reading.told
        down = self._outages.problem(place.vault)
        if down is None:
            reading.asked_at = begun = self._clock()
            reading.told = await self._told(place, reading, first)
            self._slow.took(place.vault, self._clock() - begun)
            if not isinstance(reading.told, CredentialsUnusable):
                reading.entry = reading.told or reading.entry
        else:
            reading.told = down
        if reading.readers:
            self._queue.add_after(place, self._again(place, reading, asked=down is None))
        left, reading.left = reading.left, set()
        for bot in tuple(reading.readers):
            if bot in left or not _same(before, reading.told):
                self._notify(bot)

    def _again(self, place: Place, reading: _Reading, *, asked: bool) -> float:
        """Return the seconds until the next reading: never sooner than the interval, but after an outage."""
        down = isinstance(reading.told, CredentialsUnusable) and reading.told.reason in OF_THE_VAULT
        if not down:
            return self._jitter(reading.interval, reading.interval * 1.1)
        due = self._outages.due_in(place.vault)
        if asked:
            reading.asked_at = NEVER
            return due
        # Whoever asked knocks again; the others come one after the other once it is answered.
        return due + self._jitter(0.0, reading.interval)

    async def _told(
        self, place: Place, reading: _Reading, first: BotKey | None
    ) -> Entry | CredentialsUnusable | None:
        # Those without a trouble of their own first; of the others, who was tried longest ago.
        tried = list(reading.personal)
        order = sorted(
            reading.readers,
            key=lambda bot: (bot != first, bot in reading.personal and tried.index(bot) + 1),
        )
        for bot in order[:READERS_PER_POLL]:
            try:
                entry = await reading.readers[bot][0]()
            except CredentialsUnusable as problem:
                reading.personal.pop(bot, None)
                if problem.reason in OF_THE_BOT:
                    reading.personal[bot] = problem
                    # Vault answered; or it would be the denied one for ever that is let through to knock.
                    self._heed(place.vault, problem)
                    continue
                self._heed(place.vault, problem)
                return problem
            reading.personal.pop(bot, None)
            reading.read_at = self._clock()
            self._outages.answered(place.vault)
            return entry
        # What was read once is still true; that Vault was down isn't, and must not be acted on again at once.
        return None if isinstance(reading.told, CredentialsUnusable) else reading.told

    async def _try_again(self, place: Place, reading: _Reading, bot: BotKey) -> None:
        """Let a bot that was denied try for itself; what comes of it later is there for its next look."""
        task = reading.again.get(bot)
        if task is None:
            task = asyncio.create_task(self._alone(place, reading, bot), name=f"vault {place.path} again")
            reading.again[bot] = task
            task.add_done_callback(lambda _: reading.again.pop(bot, None))
        if await self._slow.done(place.vault, task):
            task.result()

    async def _alone(self, place: Place, reading: _Reading, bot: BotKey) -> None:
        before = reading.personal.get(bot)
        begun = self._clock()
        try:
            await self.minded(bot, reading.readers[bot][0])
        except CredentialsUnusable as problem:
            if problem.reason in OF_THE_BOT:
                reading.personal[bot] = problem
        else:
            reading.personal.pop(bot, None)
        self._slow.took(place.vault, self._clock() - begun)
        if not _same(before, reading.personal.get(bot)):
            self._notify(bot)


def _same(before: object, after: object) -> bool:
    if isinstance(before, CredentialsUnusable) and isinstance(after, CredentialsUnusable):
        return (before.reason, str(before)) == (after.reason, str(after))
    return before == after
