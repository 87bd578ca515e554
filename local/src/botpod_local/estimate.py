"""How long something takes, before it is over, and how it is said. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MINUTE_S = 60
# A step that takes longer than usual takes, at each moment, another quarter of what it took so far.
OVERTIME = 0.25
# From so many seconds of finished steps on, how quick they were says how quick the others will be.
TELLING_S = 20.0
SLOWEST, QUICKEST = 4.0, 0.5
# The share of the bar that the usual duration fills; what takes longer creeps through the rest.
USUAL_SHARE = 0.9


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step to come. ``key`` names it among the remembered durations, ``guess_s`` stands in for one."""

    what: str
    """A present participle, e.g. "building etcd"."""
    key: str
    guess_s: float


@dataclass(kw_only=True)
class Outlook:
    """The steps that are to come or under way, in order, each with the seconds that it usually takes."""

    ahead: dict[str, float] = field(default_factory=dict)
    _took_s: float = 0.0
    _expected_s: float = 0.0

    @property
    def pace(self) -> float:
        """How many times longer steps take here than was expected, as far as those that are over say."""
        if self._expected_s < TELLING_S:
            return 1.0
        return min(max(self._took_s / self._expected_s, QUICKEST), SLOWEST)

    def begin(self, key: str) -> None:
        """Note that a step has begun; those that were expected before it were done by somebody else."""
        if key in self.ahead:
            for earlier in tuple(self.ahead):
                if earlier == key:
                    return
                del self.ahead[earlier]

    def end(self, key: str, took_s: float) -> None:
        """Note that a step is over, and what it took."""
        usually = self.ahead.pop(key, None)
        if usually is not None:
            self._took_s += took_s
            self._expected_s += usually

    def left_s(self, running: Mapping[str, tuple[float, float]]) -> float:
        """Return the seconds that all steps will still take.

        ``running`` has the elapsed and the usual seconds of each step under way, expected or not.
        """
        waiting = sum(usually for key, usually in self.ahead.items() if key not in running)
        return waiting * self.pace + sum(
            max(usually * self.pace - elapsed, elapsed * OVERTIME) for elapsed, usually in running.values()
        )


def fraction(elapsed_s: float, usually_s: float) -> float:
    """Return how much of a bar to fill: 0.9 after the usual time, never quite 1."""
    if elapsed_s <= usually_s:
        # Quotients first: at most 1, however they are rounded, so that the bar never shrinks.
        return USUAL_SHARE * (elapsed_s / max(usually_s, 0.001))
    return 1 - (1 - USUAL_SHARE) * (usually_s / elapsed_s)


def spoken(seconds: float) -> str:
    """Return a duration as people say it: ``0.4 s``, ``12 s``, ``4 min 30 s``."""
    if seconds < 1:
        return f"{max(seconds, 0.1):.1f} s"
    minutes, rest = divmod(round(seconds), MINUTE_S)
    if not minutes:
        return f"{rest} s"
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def roughly(seconds: float) -> str:
    """Return a duration no more exact than an estimate is: ``about 20 s``, ``about 18 minutes``."""
    if seconds < 1.5 * MINUTE_S:
        return f"about {max(round(seconds, -1), 10):.0f} s"
    return f"about {seconds / MINUTE_S:.0f} minutes"


def announcement(steps: Iterable[tuple[str, float]]) -> str:
    """Return what is to be done and how long all of it takes, from each step and its usual seconds."""
    listed = tuple(steps)
    total = sum(usually for _, usually in listed)
    return f"{roughly(total)} to go: {', '.join(f'{what} ({spoken(usually)})' for what, usually in listed)}"


def standing(what: str, *, elapsed_s: float, usually_s: float, left_s: float | None) -> str:
    """Return how a step is going, and how long all that was announced will still take (None: nothing was)."""
    of = "of usually" if elapsed_s <= usually_s else "instead of usually"
    step = f"{what}: {spoken(elapsed_s)} {of} {spoken(usually_s)}"
    return step if left_s is None else f"{step}, {roughly(left_s)} to go in all"
