"""Tell a waiting person what is going on, how long it usually takes, and how long all of it will still take.

On a terminal: a bar per running step, and one for all that was announced. Elsewhere: a plain line at a step's
start, at its end, and every half minute between.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from botpod_local.beat import every_half_minute
from botpod_local.cache import cache_directory, write_atomically
from botpod_local.estimate import Outlook, announcement, fraction, roughly, spoken, standing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from botpod_local.estimate import Step


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


@dataclass(frozen=True, kw_only=True, eq=False)
class _Running:
    key: str
    what: str
    usually_s: float
    began: float


class Progress:
    """Shows steps on ``stream``; as bars when it is a terminal.

    ``beating`` calls what it is given every half minute until its block ends.
    """

    def __init__(
        self,
        *,
        durations: Durations,
        stream: TextIO,
        clock: Callable[[], float] = time.monotonic,
        beating: Callable[[Callable[[], None]], AbstractContextManager[None]] = every_half_minute,
    ) -> None:
        self._durations = durations
        self._stream = stream
        self._clock = clock
        self._beating = beating
        self._bars: Bars | None = None
        self._outlook: Outlook | None = None
        self._expected_s = 0.0
        # The last one was begun last. One key may stand here twice: the step, and who waits for it.
        self._running: list[_Running] = []
        self._shown = ExitStack()

    def expect(self, steps: Iterable[Step]) -> None:
        """Announce all that is to come, in order. Says nothing where nothing is."""
        usual = [(step, self._durations.usual(step.key, step.guess_s)) for step in steps]
        if not usual:
            return
        self._outlook = Outlook(ahead={step.key: usually for step, usually in usual})
        self._expected_s = sum(usually for _, usually in usual)
        self.say(announcement((step.what, usually) for step, usually in usual))

    @contextmanager
    def step(self, what: str, *, key: str, guess_s: float) -> Iterator[None]:
        """Show ``what`` (a present participle, e.g. "building etcd") while the body runs.

        ``key`` names the step among the remembered durations; only a body that succeeds is remembered.
        Steps may overlap.
        """
        began = self._clock()
        with self._showing(what, key=key, usually_s=self._durations.usual(key, guess_s)):
            yield
        took = self._clock() - began
        self._durations.remember(key, took)
        if self._outlook:
            self._outlook.end(key, took)
        self.say(f"{what}: done in {spoken(took)}")

    @contextmanager
    def waiting(self, what: str, *, key: str, guess_s: float) -> Iterator[None]:
        """Show ``what`` while the body waits for somebody else to do step ``key``; nothing is remembered."""
        with self._showing(what, key=key, usually_s=self._durations.usual(key, guess_s)):
            yield

    def say(self, line: str) -> None:
        """Print one line, above the bars where there are any."""
        if self._bars is not None:
            self._bars.console.print(line, highlight=False, markup=False)
        else:
            print(line, file=self._stream, flush=True)

    @contextmanager
    def _showing(self, what: str, *, key: str, usually_s: float) -> Iterator[None]:
        if self._outlook:
            self._outlook.begin(key)
        running = _Running(key=key, what=what, usually_s=usually_s, began=self._clock())
        first = not self._running
        self._running.append(running)
        terminal = self._stream.isatty()
        if not terminal:
            self.say(f"{what} (usually {spoken(usually_s)})")
        if first:
            self._shown.enter_context(self._barred() if terminal else self._beating(self._tell))
        task = self._add_bar(self._bars, running) if self._bars is not None else None
        try:
            yield
        finally:
            if self._bars is not None and task is not None:
                self._bars.remove_task(task)
            self._running.remove(running)
            if not self._running:
                self._shown.close()

    def _tell(self) -> None:
        """Say how the step that began last is going."""
        for running in self._running[-1:]:
            left_s = self._left_s() if self._outlook else None
            elapsed_s = self._clock() - running.began
            self.say(standing(running.what, elapsed_s=elapsed_s, usually_s=running.usually_s, left_s=left_s))

    def _left_s(self) -> float:
        now = self._clock()
        running = {one.key: (now - one.began, one.usually_s) for one in tuple(self._running)}
        return (self._outlook or Outlook()).left_s(running)

    @contextmanager
    def _barred(self) -> Iterator[None]:
        # Bars cost 60 ms of imports, which a command without a long step should not pay.
        from botpod_local.bars import make_bars  # noqa: PLC0415

        self._bars = make_bars(self._stream)
        if self._outlook:
            self._bars.add_task(
                "all of it",
                total=None,
                done=lambda: 1 - min(self._left_s() / max(self._expected_s, 0.001), 1),
                times=lambda: f"{roughly(self._left_s())} to go",
            )
        self._bars.start()
        try:
            yield
        finally:
            self._bars.stop()
            self._bars = None

    def _add_bar(self, bars: Bars, running: _Running) -> TaskID:
        def elapsed_s() -> float:
            return self._clock() - running.began

        return bars.add_task(
            running.what,
            total=None,
            done=lambda: fraction(elapsed_s(), running.usually_s),
            times=lambda: f"{spoken(elapsed_s())} of usually {spoken(running.usually_s)}",
        )


def default_progress() -> Progress:
    """Return the command line's: on standard error, durations remembered in the cache."""
    return Progress(durations=Durations(cache_directory() / "durations.json"), stream=sys.stderr)
