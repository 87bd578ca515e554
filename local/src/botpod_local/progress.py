"""Tell a waiting person what is going on, and how long it usually takes.

On a terminal: one bar per running step. Elsewhere: one plain line at a step's start and one at its end.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from botpod_local.cache import cache_directory, write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from rich.progress import Progress as Bars

MINUTE_S = 60
# The share of the bar that the usual duration fills; what takes longer creeps through the rest.
USUAL_SHARE = 0.9


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


class Durations:
    """What each step took when it last succeeded on this machine, kept in the JSON file ``path``."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def usual(self, key: str, guess_s: float) -> float:
        """Return the seconds that ``key`` last took, or ``guess_s`` the first time."""
        return self._read().get(key, guess_s)

    def remember(self, key: str, seconds: float) -> None:
        """Keep the seconds that ``key`` took."""
        write_atomically(self._path, json.dumps({**self._read(), key: round(seconds, 1)}, indent=1))

    def _read(self) -> dict[str, float]:
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            return {}
        return {str(key): float(value) for key, value in kept.items()}


class Progress:
    """Shows steps on ``stream``; as bars when it is a terminal."""

    def __init__(
        self,
        *,
        durations: Durations,
        stream: TextIO,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._durations = durations
        self._stream = stream
        self._clock = clock
        self._bars: Bars | None = None
        self._running = 0

    @contextmanager
    def step(self, what: str, *, key: str, guess_s: float) -> Iterator[None]:
        """Show ``what`` (a present participle, e.g. "building etcd") while the body runs.

        ``key`` names the step among the remembered durations; only a body that succeeds is remembered.
        Steps may overlap.
        """
        usually = self._durations.usual(key, guess_s)
        began = self._clock()
        with self._shown(what, usually):
            yield
        took = self._clock() - began
        self._durations.remember(key, took)
        self.say(f"{what}: done in {spoken(took)}")

    def say(self, line: str) -> None:
        """Print one line, above the bars where there are any."""
        if self._bars is not None:
            self._bars.console.print(line, highlight=False, markup=False)
        else:
            print(line, file=self._stream, flush=True)

    @contextmanager
    def _shown(self, what: str, usually_s: float) -> Iterator[None]:
        if not self._stream.isatty():
            self.say(f"{what} (usually {spoken(usually_s)})")
            yield
            return
        # Bars cost 60 ms of imports, which a command without a long step should not pay.
        from botpod_local.bars import make_bars  # noqa: PLC0415

        if self._bars is None:
            self._bars = make_bars(self._stream)
            self._bars.start()
        self._running += 1
        task = self._bars.add_task(what, total=None, usually=usually_s)
        try:
            yield
        finally:
            self._bars.remove_task(task)
            self._running -= 1
            if not self._running:
                self._bars.stop()
                self._bars = None


def default_progress() -> Progress:
    """Return the command line's: on standard error, durations remembered in the cache."""
    return Progress(durations=Durations(cache_directory() / "durations.json"), stream=sys.stderr)
