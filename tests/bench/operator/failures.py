"""A child that is refused: how long until a condition of its bot names it, whatever it was refused with."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import re
import time
from typing import TYPE_CHECKING, Any

from apiserver import write_kubeconfig
from client import until
from faultproxy import fault_proxy
from faults import Call, Fault
from fleet import WATCHED, WRITTEN, clear_bots, clear_children, create, names
from machinery import OPERATOR_TOKEN
from process import operator
from say import say

from botpod_operator.kube.resources import BOT_INSTANCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from client import Client
    from faultproxy import FaultProxy
    from machinery import Machinery

    from botpod_operator.kube.resources import Resource

FAULTS = (*(fault for fault in Fault if fault.status), Fault.CUT)
FIRST = 8000
"""Where the names of these bots begin: all others have lower numbers."""
TRIES = 100
"""How often a child is refused: for longer than anybody waits here."""
WITHIN_SECONDS = 60.0
EVERY_SECONDS = 0.02


async def measure(client: Client, machine: Machinery) -> list[float]:
    """Refuse each kind of child with each fault; return the seconds from each first refusal to its condition.

    One bot after the other, so that none waits for another one's look.
    """
    cases = [*itertools.product(WRITTEN, FAULTS)]
    took: list[float] = []
    async with fault_proxy(target=machine.server.url, ca=machine.server.ca) as proxy, _behind(proxy, machine):
        for bot, (resource, fault) in zip(names(len(cases), first=FIRST), cases, strict=True):
            for call in _applies(resource):
                proxy.arm(bot, call, fault)
            await create(client, [bot])
            took.append(await _named(client, bot, resource.kind) - proxy.failed_at[bot])
            say(f"{resource.kind}, {fault.name}: {took[-1]:.2f} s")
    await clear_bots(client, namespace=WATCHED)
    await clear_children(client, namespace=WATCHED)
    return took


@contextlib.asynccontextmanager
async def _behind(proxy: FaultProxy, machine: Machinery) -> AsyncIterator[None]:
    """Run an operator behind the proxy, which goes on in this loop while the operator starts and ends."""
    kubeconfig = write_kubeconfig(
        machine.directory / "failures.kubeconfig", url=proxy.url, ca=machine.server.ca, token=OPERATOR_TOKEN
    )
    process = operator(machine, "failures", kubeconfig=kubeconfig)
    await asyncio.to_thread(process.__enter__)
    try:
        yield
    finally:
        await asyncio.to_thread(process.__exit__, None, None, None)


def _applies(resource: Resource) -> list[Call]:
    path = resource.path(namespace=WATCHED, name="bot-{bot}")
    return [Call("PATCH", path, number) for number in range(1, TRIES + 1)]


async def _named(client: Client, bot: str, kind: str) -> float:
    """Wait for a condition that names the kind; return when it was seen."""
    path = BOT_INSTANCE.path(namespace=WATCHED, name=bot)

    async def told() -> bool:
        return names_it(await client.get(path), kind)

    await until(told, f"{kind} named by {bot}", seconds=WITHIN_SECONDS, every=EVERY_SECONDS)
    return time.monotonic()


def names_it(bot: dict[str, Any], kind: str) -> bool:
    """Return whether a condition says that this one isn't done: "… refused the Service: …" or alike."""
    return any(
        condition["status"] == "False" and re.search(rf"\bthe {kind}[.:]", condition["message"])
        for condition in bot.get("status", {}).get("conditions", ())
    )
