"""Two operators that share a Lease, as the chart runs them, and what can happen to their processes."""

from __future__ import annotations

import contextlib
from collections import Counter
from typing import TYPE_CHECKING, Self

from eventually import patiently
from pair import leads
from process import operator

if TYPE_CHECKING:
    from machinery import Machinery
    from operatorprocess import OperatorProcess

NAMES = ("botpod-operator-a", "botpod-operator-b")
LEADS_SECONDS = 60.0
"""The most until somebody leads: a dead leader's Lease runs 15 s."""


class Operators:
    """Use it as a context manager; both run and one leads when it is entered."""

    def __init__(self, machine: Machinery) -> None:
        self._machine = machine
        self._stacks: dict[str, contextlib.ExitStack] = {}
        self._running: dict[str, OperatorProcess] = {}
        self._starts = 0
        self.ended: Counter[str] = Counter()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as undone:
            undone.callback(self._end_all)
            self._start_missing()
            undone.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._end_all()

    def stop_leader(self) -> None:
        """End the leader as a rolling update does, and start one in its place."""
        self._end(self._leader())
        self.ended["leader stopped"] += 1
        self._start_missing()

    def kill_leader(self) -> None:
        """Kill the leader in the middle of whatever it does, and start one in its place."""
        name = self._leader()
        self._running[name].process.kill()
        self._end(name)
        self.ended["leader killed"] += 1
        self._start_missing()

    def kill_both(self) -> None:
        """Let there be no operator for a moment."""
        for one in self._running.values():
            one.process.kill()
        self._end_all()
        self.ended["both killed"] += 1
        self._start_missing()

    def _leader(self) -> str:
        return next(name for name, one in self._running.items() if leads(one))

    def _start_missing(self) -> None:
        for name in NAMES:
            if name not in self._running:
                self._starts += 1
                stack = contextlib.ExitStack()
                one = stack.enter_context(operator(self._machine, f"{name}-{self._starts}", instance=name))
                self._running[name], self._stacks[name] = one, stack
        patiently(lambda: any(map(leads, self._running.values())), seconds=LEADS_SECONDS)

    def _end(self, name: str) -> None:
        del self._running[name]
        self._stacks.pop(name).close()

    def _end_all(self) -> None:
        for name in tuple(self._running):
            self._end(name)
