"""An election played on a time that none of the candidates sees: pauses, lost calls, clocks that disagree."""

from __future__ import annotations

import datetime as dt
import heapq
import itertools
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from botpod_operator.leader import lease as leases
from botpod_operator.leader.candidate import Candidate, Lost, Read, Terms, Wait, Write

if TYPE_CHECKING:
    from collections.abc import Iterator

TERMS = Terms()
FAIR_SECONDS = 60.0
"""More than the longest pause and a lease together."""
EPOCH = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


class Server:
    """One Lease, replaced only by who knows its version."""

    def __init__(self) -> None:
        self.manifest: dict[str, Any] | None = None
        self._versions = itertools.count(1)

    def write(self, manifest: dict[str, Any]) -> dict[str, Any] | None:
        """Return the Lease as it is then; None for a conflict."""
        known = self.manifest["metadata"].get("resourceVersion") if self.manifest else None
        if manifest["metadata"].get("resourceVersion") != known:
            return None
        metadata = {**manifest["metadata"], "resourceVersion": str(next(self._versions))}
        self.manifest = {**manifest, "metadata": metadata}
        return self.manifest


@dataclass
class Process:
    """A candidate in a process that may be paused, with a monotonic clock of its own."""

    name: str
    offset: float
    wall: dt.timedelta
    luck: Iterator[Luck]
    fair_since: float = math.inf
    candidate: Candidate = field(init=False)
    restarts: int = 0

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        self.restarts += 1
        identity = f"{self.name}-{self.restarts}"
        self.candidate = Candidate(identity=identity, terms=TERMS, jitter=lambda _, most: most)

    def now(self, true: float) -> float:
        return true + self.offset


@dataclass(frozen=True)
class Luck:
    """What becomes of one step, in seconds.

    The process sleeps for ``pause`` before it and for ``late`` once the answer is there; the request takes
    ``there`` to arrive, its answer ``back``.
    """

    there: float
    back: float
    pause: float
    late: float
    arrives: bool
    answered: bool


FAIR = Luck(there=0.01, back=0.01, pause=0.0, late=0.0, arrives=True, answered=True)
LUCK = st.builds(
    Luck,
    there=st.sampled_from([0.0, 0.01, 0.5, 2.9, 6.0, 12.0]),
    back=st.sampled_from([0.0, 0.01, 0.5, 2.9, 6.0]),
    pause=st.sampled_from([0.0, 0.0, 0.0, 1.0, 5.0, 20.0]),
    late=st.sampled_from([0.0, 0.0, 0.0, 8.0]),
    arrives=st.sampled_from([True, True, True, False]),
    answered=st.sampled_from([True, True, True, False]),
)
# Mostly fair, else nobody would lead for long enough to lose it; begun one after the other, else the one
# with the best luck would lead from the start.
PROCESSES = st.lists(
    st.tuples(
        st.floats(0, 1e6),
        st.integers(-3600, 3600),
        st.sampled_from([0.0, 0.0, 5.0, 15.0]),
        st.lists(st.one_of(st.just(FAIR), st.just(FAIR), LUCK), min_size=10, max_size=60),
    ),
    min_size=2,
    max_size=3,
)


class Election:
    """Plays candidates against one Lease on a true time that none of them sees."""

    def __init__(self, processes: list[tuple[float, int, float, list[Luck]]]) -> None:
        self.processes: list[Process] = []
        self.server = Server()
        self.time, self._count = 0.0, itertools.count()
        self._agenda: list[tuple[float, int, Iterator[float]]] = []
        for number, (offset, wall, begins, luck) in enumerate(processes):
            process = Process(f"p{number}", offset, dt.timedelta(seconds=wall), iter(luck))
            self.processes.append(process)
            self._add(begins, self._life(process))

    def leaders(self) -> list[str]:
        return [process.name for process in self.processes if process.candidate.leads(process.now(self.time))]

    def play(self) -> Iterator[float]:
        """Yield each moment at which something happened, until luck has been fair for long."""
        while self.time < max(process.fair_since for process in self.processes) + FAIR_SECONDS:
            self.time, _, life = heapq.heappop(self._agenda)
            wait = next(life, None)
            if wait is not None:
                self._add(self.time + wait, life)
            yield self.time

    def _luck_of(self, process: Process) -> Luck:
        luck = next(process.luck, None)
        if luck is None:
            process.fair_since = min(process.fair_since, self.time)
        return luck or FAIR

    def _add(self, when: float, life: Iterator[float]) -> None:
        heapq.heappush(self._agenda, (when, next(self._count), life))

    def _life(self, process: Process) -> Iterator[float]:
        """Yield for how long to do nothing until the next thing happens."""
        while True:
            luck = self._luck_of(process)
            yield luck.pause
            step = process.candidate.step(process.now(self.time))
            match step:
                case Lost():
                    yield 1.0
                    process.start()
                case Wait(seconds):
                    yield seconds
                case Read() | Write():
                    yield from self._call(process, step, luck)

    def _call(self, process: Process, step: Read | Write, luck: Luck) -> Iterator[float]:
        begun, candidate = self.time, process.candidate
        manifest = self._manifest(process, step) if isinstance(step, Write) else None
        answer: list[dict[str, Any] | None] = []
        if luck.arrives:
            # The request may arrive long after nobody waits for its answer any more.
            self._add(self.time + luck.there, self._arrival(manifest, answer))
        took = min(step.within, luck.there + luck.back)
        yield took
        yield luck.late
        now = process.now(self.time)
        if not (answer and luck.answered and luck.there + luck.back <= step.within):
            candidate.failed(begun=process.now(begun), now=now)
        elif isinstance(step, Read):
            candidate.was_read(leases.lease_in(answer[0]) if answer[0] else None, now=now)
        elif answer[0] is None:
            candidate.was_outdated(now=now)
        else:
            candidate.was_written(leases.lease_in(answer[0]), begun=process.now(begun), now=now)

    def _arrival(
        self, manifest: dict[str, Any] | None, answer: list[dict[str, Any] | None]
    ) -> Iterator[float]:
        answer.append(self.server.manifest if manifest is None else self.server.write(manifest))
        return
        yield

    def _manifest(self, process: Process, step: Write) -> dict[str, Any]:
        before = step.before.manifest if step.before else leases.new(namespace="own", name="lease")
        wall = EPOCH + dt.timedelta(seconds=self.time) + process.wall
        return leases.claimed(before, by=process.candidate.identity, seconds=TERMS.lease_seconds, now=wall)
