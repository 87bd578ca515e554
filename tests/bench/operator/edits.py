"""An owner's edit: how long until the child it concerns is patched, by the API server's own clock."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from client import until
from fleet import BARE, WATCHED
from machinery import BENCH, OPERATOR
from say import say

from botpod_operator.kube.resources import BOT_INSTANCE, DEPLOYMENT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from audit import AuditLog, Write
    from bare import Sample
    from client import Client

APART_SECONDS = 0.2
"""Between two edits, so that each meets a machine that does nothing else but roll the last one's pods."""
WITHIN_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Latencies:
    """In milliseconds, one each edit."""

    operator: tuple[float, ...]
    bare: tuple[float, ...]


async def measure(
    client: Client, audit: AuditLog, bots: Sequence[str], *, number: int, first: int, known: Sample
) -> Latencies:
    """Edit one bot after the other; in between, do the same two writes without an operator.

    ``first`` numbers the edits, so that none of a later round repeats what stands there already.
    """
    operator: list[float] = []
    bare: list[float] = []
    live = await client.get(BOT_INSTANCE.path(namespace=BARE, name=known.name))
    path, body = known.child_of(DEPLOYMENT, known.name, live["metadata"]["uid"])
    for turn in range(number):
        name, cpu = bots[turn % len(bots)], f"{11 + first + turn}m"
        spec = {"spec": {"pod": {"resources": {"requests": {"cpu": cpu}}}}}
        audit.new()
        await client.merge(BOT_INSTANCE.path(namespace=WATCHED, name=name), spec)
        operator.append(await _took(audit, OPERATOR, WATCHED, name))
        await asyncio.sleep(APART_SECONDS)
        audit.new()
        await client.merge(BOT_INSTANCE.path(namespace=BARE, name=known.name), spec)
        await client.apply(path, body.replace('"cpu": "50m"', f'"cpu": "{cpu}"'))
        bare.append(await _took(audit, BENCH, BARE, known.name))
        await asyncio.sleep(APART_SECONDS)
        if turn % 100 == 99:
            say(f"{turn + 1} of {number} edits")
    return Latencies(operator=tuple(operator), bare=tuple(bare))


async def _took(audit: AuditLog, user: str, namespace: str, name: str) -> float:
    """Return the milliseconds from the edit's arrival to the answer to the child's patch."""
    seen: list[Write] = []
    edit = (BENCH, (BOT_INSTANCE.plural, namespace, name))
    child = (user, (DEPLOYMENT.plural, namespace, f"bot-{name}"))

    def found() -> bool:
        seen.extend(audit.new())
        return {edit, child} <= {(write.user, write.what) for write in seen}

    await until(found, f"the Deployment of {name} patched", seconds=WITHIN_SECONDS, every=0.02)
    at = {(write.user, write.what): write for write in reversed(seen)}
    return (at[child].done - at[edit].received) * 1000
