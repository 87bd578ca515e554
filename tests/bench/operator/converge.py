"""New bots, all at once: how long until everything of them is written, by the operator and by a bare loop."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from audit import AuditLog, Write, span
from client import until
from fleet import BARE, WATCHED, WRITTEN, clear_bots, clear_children, create
from machinery import BENCH, OPERATOR
from process import cpu_seconds, waiting
from rest import stored
from say import say

from botpod_operator.kube.resources import BOT_INSTANCE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from client import Client
    from operatorprocess import OperatorProcess

QUIET_SECONDS = 2.0
WITHIN_SECONDS = 400.0
_WANTED = {*(resource.plural for resource in WRITTEN), BOT_INSTANCE.plural, f"{BOT_INSTANCE.plural}/status"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Convergence:
    """One round."""

    seconds: float
    writes: int


async def bare_round(
    client: Client, audit: AuditLog, write: Callable[[Sequence[str]], Awaitable[None]], bots: Sequence[str]
) -> Convergence:
    """Write the bots and all that belongs to them without an operator, then delete them."""
    audit.new()
    await write(bots)
    done = _counted(audit.new(BENCH))
    say(f"bare: {len(bots)} bots in {done.seconds:.2f} s, {done.writes / done.seconds:.0f} writes/s")
    await clear_bots(client, namespace=BARE)
    await clear_children(client, namespace=BARE)
    return done


async def operator_round(
    client: Client, audit: AuditLog, process: OperatorProcess, bots: Sequence[str]
) -> Convergence:
    """Create the bots and wait until the operator has written all that belongs to them."""
    wanted = {
        *((resource.plural, WATCHED, f"bot-{name}") for resource in WRITTEN for name in bots),
        *((f"{BOT_INSTANCE.plural}/status", WATCHED, name) for name in bots),
    }
    audit.new()
    before = cpu_seconds(process)
    seen: list[Write] = []

    def complete() -> bool:
        seen.extend(audit.new())
        return wanted <= {write.what for write in seen if write.accepted and write.user == OPERATOR}

    await create(client, bots)
    await until(complete, "every child and status written", seconds=WITHIN_SECONDS)
    # Whatever else it writes to these objects belongs to it.
    while stored(later := await _later(audit)):
        seen.extend(later)
    done = _counted(seen)
    extra = len(seen) - done.writes
    say(
        f"operator: {len(bots)} bots in {done.seconds:.2f} s, {done.writes / done.seconds:.0f} writes/s, "
        f"{extra} writes besides (events, tokens), {cpu_seconds(process) - before:.1f} s of processor time"
    )
    return done


async def forget(client: Client, process: OperatorProcess) -> None:
    """Delete the operator's bots and wait until it has nothing to do."""
    await clear_bots(client, namespace=WATCHED)
    await _idle(process)
    # Only now: a look that was under way when its bot went may have written one of them once more.
    await clear_children(client, namespace=WATCHED)
    await _idle(process)


async def _idle(process: OperatorProcess) -> None:
    await until(lambda: waiting(process) == 0, "the operator's queue to run empty", seconds=60)
    await asyncio.sleep(QUIET_SECONDS)


async def _later(audit: AuditLog) -> list[Write]:
    """Return what was written in a time in which nothing should be."""
    await asyncio.sleep(QUIET_SECONDS)
    return audit.new()


def _counted(writes: Sequence[Write]) -> Convergence:
    """Of all writes, take those to bots and what they consist of."""
    own = [
        write
        for write in writes
        if write.resource in _WANTED and write.verb in {"create", "patch"} and write.accepted
    ]
    return Convergence(seconds=span(own), writes=len(own))
