"""Discord's limits as arithmetic: windows, buckets, session starts. Pure: time is an argument."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a limit says to one request.

    Attributes:
        allowed: whether it may pass.
        limit: how many a period allows.
        remaining: how many more may pass before ``reset_at``.
        reset_at: Unix seconds at which the window starts anew.
        reset_after: seconds until then.
    """

    allowed: bool
    limit: int
    remaining: int
    reset_at: float
    reset_after: float


@dataclass(slots=True)
class Window:
    """``limit`` in ``period`` seconds, counted from the first one on, as Discord counts."""

    limit: int
    period: float
    used: int = 0
    resets_at: float = 0.0

    def take(self, now: float) -> Verdict:
        """Count one at ``now``; a refused one doesn't count."""
        if now >= self.resets_at:
            self.used, self.resets_at = 0, now + self.period
        allowed = self.used < self.limit
        self.used += allowed
        return Verdict(
            allowed=allowed,
            limit=self.limit,
            remaining=max(0, self.limit - self.used),
            reset_at=self.resets_at,
            reset_after=max(0.0, self.resets_at - now),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One bucket: its name stays the same for all channels, guilds or webhooks; the count is for each.

    Attributes:
        name: what routes with the same limit share; its digest is ``X-RateLimit-Bucket``.
        limit: requests in a period.
        period: seconds.
    """

    name: str
    limit: int
    period: float


class Windows:
    """A window for each key, made on first use and dropped when long unused."""

    def __init__(self) -> None:
        self._windows: dict[tuple[object, ...], Window] = {}

    def take(self, key: tuple[object, ...], limit: int, period: float, now: float) -> Verdict:
        """Count one request under ``key``."""
        window = self._windows.get(key)
        if window is None or (window.limit, window.period) != (limit, period):
            self._drop_old(now)
            window = self._windows[key] = Window(limit, period)
        return window.take(now)

    def clear(self) -> None:
        """Start all windows anew."""
        self._windows.clear()

    def _drop_old(self, now: float) -> None:
        if len(self._windows) > 10_000:  # noqa: PLR2004  only bounds the memory
            self._windows = {k: w for k, w in self._windows.items() if w.resets_at > now}


@dataclass(slots=True, kw_only=True)
class StartBudget:
    """Session starts of one application: so many a day, and one per ``max_concurrency`` bucket in 5 s."""

    total: int = 1000
    period: float = 24 * 3600.0
    max_concurrency: int = 1
    spacing: float = 5.0
    used: int = 0
    resets_at: float = 0.0
    last: dict[int, float] = field(default_factory=dict)

    def remaining(self, now: float) -> int:
        """Return how many starts are left today."""
        return self.total if now >= self.resets_at else max(0, self.total - self.used)

    def reset_after_ms(self, now: float) -> int:
        """Return the milliseconds until the budget is whole again; 0 if it is."""
        return max(0, int((self.resets_at - now) * 1000))

    def spend(self, now: float) -> bool:
        """Take one start; False if there is none left."""
        if now >= self.resets_at:
            self.used, self.resets_at = 0, now + self.period
        if self.used >= self.total:
            return False
        self.used += 1
        return True

    def too_soon(self, shard_id: int, now: float) -> bool:
        """Say whether this shard's bucket started one within ``spacing``; if not, it has now."""
        bucket = shard_id % self.max_concurrency
        if now - self.last.get(bucket, float("-inf")) < self.spacing:
            return True
        self.last[bucket] = now
        return False


@dataclass(slots=True, kw_only=True)
class InvalidRequests:
    """Answers of 401, 403 and 429 (but scope shared), per address; too many and the edge bans it."""

    most: int = 10_000
    period: float = 600.0
    ban: float = 3600.0
    windows: dict[str, Window] = field(default_factory=dict)
    banned_until: dict[str, float] = field(default_factory=dict)

    def banned(self, address: str, now: float) -> float:
        """Return the seconds the address is still banned; 0 if it isn't."""
        return max(0.0, self.banned_until.get(address, 0.0) - now)

    def note(self, address: str, now: float) -> None:
        """Count an invalid request of ``address``."""
        window = self.windows.get(address)
        if window is None or window.limit != self.most:
            window = self.windows[address] = Window(self.most, self.period)
        if window.take(now).remaining == 0:
            self.banned_until[address] = now + self.ban
            del self.windows[address]

    def count(self, address: str, now: float) -> int:
        """Return how many ``address`` made within the current period."""
        window = self.windows.get(address)
        return 0 if window is None or now >= window.resets_at else window.used
