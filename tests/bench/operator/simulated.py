"""The rows that need a thousand bots, on a cluster whose pods have no containers.

It runs in namespaces of its own; its last argument is a directory for all that it writes.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import functools
import signal
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import bare
import bareall
import converge
import edits
import failures
import rest
from audit import AuditLog
from client import Client, until
from figures import Figure, percentile
from fleet import WATCHED, create, names, prepare, remove
from machinery import Machinery, machinery
from options import Options
from podstub import PODS, answering_pods
from process import operator, resident_mib
from say import say

from botpod_operator.kube.resources import BOT_INSTANCE

if TYPE_CHECKING:
    from operatorprocess import OperatorProcess

READY_SECONDS = 480.0
SAMPLE = "bot-9999"


class Rows:
    """Measures one row after the other, on a cluster that grows, rests and shrinks."""

    def __init__(self, machine: Machinery, client: Client, options: Options) -> None:
        self._machine = machine
        self._client = client
        self._audit = AuditLog(machine.server.audit)
        self._options = options

    async def measure(self) -> None:
        """Print every figure as soon as it is known."""
        took = await failures.measure(self._client, self._machine)
        tell(Figure(name="status_after_failure_s", value=percentile(took, 0.99), unit="s", n=len(took)))
        with contextlib.ExitStack() as first:
            process = first.enter_context(operator(self._machine, "first"))
            await create(self._client, [SAMPLE])
            await self._written(SAMPLE)
            known = await bare.sample(self._client, SAMPLE)
            await self._new(process, known)
            with self._machine.controllers():
                await bare.write(self._client, known, [SAMPLE])
                await self._ready(self._options.bots)
                await rest.calm(self._audit)
                say(f"{self._options.bots} bots Ready; {resident_mib(process):.0f} MiB")
                resting = await rest.idle(self._audit, process, seconds=self._options.idle)
                tell(Figure(name="idle_writes", value=resting.writes_a_minute, unit="1/min"))
                tell(Figure(name="operator_rss_mib", value=resting.resident_mib, unit="MiB"))
                first.close()
                await self._again(known)

    async def _new(self, process: OperatorProcess, known: bare.Sample) -> None:
        """Bare rounds before, between and after the operator's: a busy moment of the machine meets both."""
        everyone = names(self._options.bots)
        event = await bareall.event_of(self._client, known)
        loops = {
            "": functools.partial(bare.write, self._client, known),
            "_bare_all": functools.partial(
                bareall.write_all, self._client, self._machine.vault, known, event
            ),
        }
        plain: dict[str, list[float]] = {name: [] for name in loops}

        async def bare_rounds() -> None:
            for name, write in loops.items():
                done = await converge.bare_round(self._client, self._audit, write, everyone)
                plain[name].append(done.seconds)

        await bare_rounds()
        ours: list[float] = []
        for _ in range(self._options.rounds):
            await converge.forget(self._client, process)
            done = await converge.operator_round(self._client, self._audit, process, everyone)
            ours.append(done.seconds)
            await bare_rounds()
        value, n = statistics.mean(ours), len(ours)
        tell(Figure(name="converge_s", value=value, unit="s", baseline=statistics.mean(plain[""]), n=n))
        for name, seconds in plain.items():
            ratio = value / statistics.mean(seconds)
            tell(Figure(name=f"converge{name}_ratio", value=ratio, unit="1", n=n))

    async def _again(self, known: bare.Sample) -> None:
        self._audit.new()
        began = time.monotonic()
        with operator(self._machine, "second") as process:
            took = await rest.verified(process, bots=self._options.bots, began=began, seconds=120)
            writes = rest.stored(self._audit.new("operator"))
            tell(Figure(name="restart_s", value=took, unit="s"))
            tell(Figure(name="restart_writes", value=len(writes), unit="1"))
            say(f"{resident_mib(process):.0f} MiB after the restart")
            many = await self._edited(names(self._options.bots), known, first=0)
            few = max(self._options.bots // 10, 1)
            await remove(self._client, names(self._options.bots)[few:])
            await self._ready(few)
            await rest.calm(self._audit)
            say(f"{few} bots left; {resident_mib(process):.0f} MiB")
            fewer = await self._edited(names(few), known, first=self._options.edits)
        for name, share in (("edit_p50", 0.5), ("edit_p99", 0.99)):
            value, baseline = percentile(many.operator, share), percentile(many.bare, share)
            n = len(many.operator)
            tell(Figure(name=f"{name}_ms", value=value, unit="ms", baseline=baseline, n=n))
            tell(Figure(name=f"{name}_ratio", value=value / baseline, unit="1", n=n))
        p99, before = percentile(many.operator, 0.99), percentile(fewer.operator, 0.99)
        tell(Figure(name="edit_growth", value=p99 / before, unit="1", n=len(fewer.operator)))

    async def _edited(self, bots: list[str], known: bare.Sample, *, first: int) -> edits.Latencies:
        found = await edits.measure(
            self._client, self._audit, bots, number=self._options.edits, first=first, known=known
        )
        for who, values in (("operator", found.operator), ("bare", found.bare)):
            shown = ", ".join(
                f"p{share * 100:.0f} {percentile(values, share):.1f}" for share in (0.5, 0.9, 0.99, 1)
            )
            say(f"{len(bots)} bots, {len(values)} edits, {who}: {shown} ms")
        return found

    async def _written(self, name: str) -> None:
        """Wait until the operator has done all it can do for a bot without pods."""

        async def written() -> bool:
            bot = await self._client.get(BOT_INSTANCE.path(namespace=WATCHED, name=name))
            reasons = {each["type"]: each["reason"] for each in bot.get("status", {}).get("conditions", ())}
            return reasons.get("Ready") == "Starting"

        await until(written, f"{name} written", seconds=60)

    async def _ready(self, count: int) -> None:
        """Wait until as many bots are Ready and no other pods are left than theirs."""

        async def ready() -> bool:
            found = (await self._client.get(BOT_INSTANCE.path(namespace=WATCHED)))["items"]
            return len(found) == count == sum(map(_is_ready, found)) and count == await self._client.count(
                PODS.path(namespace=WATCHED)
            )

        await until(ready, f"{count} bots Ready", seconds=READY_SECONDS, every=2)


def _is_ready(bot: dict[str, object]) -> bool:
    status = bot.get("status") or {}
    assert isinstance(status, dict)
    return any(each["type"] == "Ready" and each["status"] == "True" for each in status.get("conditions", ()))


def tell(figure: Figure) -> None:
    """Print one figure."""
    sys.stdout.write(figure.line + "\n")
    sys.stdout.flush()


async def run(machine: Machinery, options: Options) -> None:
    """Measure with a client of the bench's own."""
    async with (
        Client(machine.server.url, ca=machine.server.ca, token=machine.bench_token) as client,
        answering_pods(client),
    ):
        await Rows(machine, client, options).measure()


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser()
    Options.add_to(parser)
    parser.add_argument("directory", type=Path)
    parsed = parser.parse_args()
    # The first process of a namespace is deaf to signals that it has no handler for.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with machinery(parsed.directory) as machine:
        prepare(machine)
        say("the API server and Vault are up")
        asyncio.run(run(machine, Options.of(parsed)))


if __name__ == "__main__":
    main()
