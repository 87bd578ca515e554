"""The operator when nothing happens, and when it starts again although nothing changed."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from client import until
from machinery import OPERATOR
from process import looks, resident_mib, waiting
from say import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from audit import AuditLog, Write
    from operatorprocess import OperatorProcess

CALM_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """A time without edits."""

    seconds: float
    writes: int
    resident_mib: float

    @property
    def writes_a_minute(self) -> float:
        """As the design counts them."""
        return self.writes * 60 / self.seconds


async def calm(audit: AuditLog, *, seconds: float = 120) -> None:
    """Wait until the operator has told of everything that happened."""

    async def silent() -> bool:
        audit.new()
        await asyncio.sleep(CALM_SECONDS)
        return not stored(audit.new(OPERATOR))

    await until(silent, f"{CALM_SECONDS:.0f} s without a write", seconds=seconds)


async def idle(audit: AuditLog, process: OperatorProcess, *, seconds: float) -> Idle:
    """Watch the operator do nothing; it still looks at every bot's credentials once a refresh interval."""
    audit.new()
    before = looks(process)
    await asyncio.sleep(seconds)
    writes = audit.new(OPERATOR)
    kept = stored(writes)
    say(
        f"idle: {looks(process) - before:.0f} looks, {len(kept)} writes ({_kinds(kept)}), "
        f"{len(writes) - len(kept)} requests for tokens in {seconds:.0f} s"
    )
    return Idle(seconds=seconds, writes=len(kept), resident_mib=resident_mib(process))


async def verified(process: OperatorProcess, *, bots: int, began: float, seconds: float) -> float:
    """Wait until a fresh operator has looked at every bot; return how many seconds that took.

    All wait for a look at once when it starts, so it has when none waits any more. Later ones follow over a
    minute, as the pods answer how they stand.
    """
    await until(
        lambda: looks(process) >= bots and waiting(process) == 0,
        f"{bots} bots looked at",
        seconds=seconds,
        every=0.05,
    )
    return time.monotonic() - began


def stored(writes: Sequence[Write]) -> list[Write]:
    """Of all writes, return those that change what is stored; the Lease's don't count."""
    return [write for write in writes if write.stores and write.resource != "leases"]


def _kinds(writes: Sequence[Write]) -> str:
    counted = Counter(write.resource for write in writes)
    return ", ".join(f"{resource} {count}" for resource, count in counted.most_common()) or "none"
