"""How many requests one bucket of one resource has room for. Pure: time is an argument, in seconds.

Discord counts in windows which begin with their first request. When that arrives there we can't know, so each
window is opened by one request alone; its answer says how many more may follow and until when. What has
been sent and not answered may have been counted or not: it is taken off whatever an answer leaves. So no more
are ever counted in a window than its limit, however long answers take and in whatever order they come.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botpod.gateway.limits.answers import Reading

GRACE = 0.01
"""Seconds by which a window is taken to end later than said: what is said is rounded."""
UNLIMITED_AT_ONCE = 50
"""How many are under way at once on a route whose answers tell of no limit."""
_SAME = 0.02
"""Two resets closer than this, in seconds, are one window's."""


@dataclass(slots=True, kw_only=True)
class Window:
    """``limit`` in ``period`` seconds, as far as known; ``in_flight`` have begun and are not over."""

    limit: int = 1
    period: float = 0.0
    in_flight: int = 0
    unlimited: bool = False
    _probing: bool = False
    _left: int = 0
    _lost: int = 0
    """Those of this window that nobody answered: what answers leave may not have them counted yet."""
    _unheard: int = 0
    """Those that opened a window and that nobody answered: each may have been counted in the same one."""
    _unheard_until: float = float("-inf")
    _resets_at: float = float("-inf")
    _epoch: float = float("-inf")
    _blocked_until: float = float("-inf")

    def _known(self, now: float) -> bool:
        return now < self._resets_at

    def room(self, now: float) -> int:
        """Return how many may begin now."""
        if now < self._blocked_until:
            return 0
        if self.unlimited:
            return max(0, UNLIMITED_AT_ONCE - self.in_flight)
        if self._known(now):
            return max(0, self._left - self._lost - self._still_unheard(now) - self.in_flight)
        return int(not self._probing and self.in_flight + self._still_unheard(now) < self.limit)

    def _still_unheard(self, now: float) -> int:
        return self._unheard if now < self._unheard_until else 0

    def opens_at(self, now: float) -> float | None:
        """Return when there may be room though no answer comes before; None where only an answer makes it."""
        if now < self._blocked_until:
            return self._blocked_until
        if self.unlimited:
            return None
        if self._known(now):
            return self._resets_at
        return self._unheard_until if self._still_unheard(now) else None

    def wait(self, now: float, *, ahead: int) -> float:
        """Return the seconds before one may begin with ``ahead`` others before it, at the least."""
        blocked = max(0.0, self._blocked_until - now)
        if self.unlimited:
            return blocked
        if blocked or not self._known(now):
            full = self._still_unheard(now) >= self.limit
            unheard = self._unheard_until - now if full else 0.0
            return max(blocked, unheard) + ahead // self.limit * self.period
        left = self._left - self._lost - self._still_unheard(now)
        over = ahead - max(0, left - self.in_flight)
        if over < 0:
            return 0.0
        if left > over:
            # Those under way may turn out to be counted already.
            return 0.0
        return self._resets_at - now + over // self.limit * self.period

    def begin(self, now: float) -> bool:
        """Note that one begins, for which there was room; return whether it opens a window."""
        probe = not self.unlimited and not self._known(now)
        if probe:
            self._probing, self._lost = True, 0
        self.in_flight += 1
        return probe

    def _end(self, *, probe: bool) -> None:
        self.in_flight -= 1
        if probe:
            self._probing = False

    def answered(self, read: Reading | None, now: float, *, probe: bool) -> None:
        """Note an answer; None tells nothing of the bucket."""
        self._end(probe=probe)
        if read is None:
            return
        if probe:
            # It was counted after those, so that what it tells counts them.
            self._unheard = 0
        self.unlimited = False
        self.limit = read.limit
        self.period = max(self.period, read.reset_after)
        resets_at = now + read.reset_after + GRACE
        # Another answer may have told of a probe's window before the probe's own does.
        if read.resets > self._epoch + _SAME or (probe and not self._known(now)):
            self._left, self._resets_at, self._epoch = read.remaining, resets_at, read.resets
        elif read.resets >= self._epoch - _SAME:
            self._left = min(self._left, read.remaining)
            self._resets_at = min(self._resets_at, resets_at)

    def free(self, *, probe: bool) -> None:
        """Note an answer that shows that this route has no limit of its own."""
        self._end(probe=probe)
        self.unlimited = True

    def lost(self, now: float, *, probe: bool) -> None:
        """Note that no answer will come: it may have been counted."""
        self._end(probe=probe)
        if probe and not self._known(now):
            # Where nothing was ever answered there is nothing to keep to.
            if not self.period:
                return
            self._unheard = self._still_unheard(now) + 1
            self._unheard_until = now + self.period + GRACE
        else:
            self._lost += 1

    def returned(self, *, probe: bool) -> None:
        """Note that it was never sent."""
        self._end(probe=probe)

    def block(self, until: float) -> None:
        """Let nothing begin before ``until``: Discord said so."""
        self._blocked_until = max(self._blocked_until, until)

    def idle(self, now: float) -> bool:
        """Say whether it holds nothing worth remembering."""
        open_ = self._known(now) or self._still_unheard(now) or now < self._blocked_until
        return not self.in_flight and not open_
