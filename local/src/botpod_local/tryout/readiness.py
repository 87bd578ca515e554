"""Whether the bot could answer now, by its own account of itself."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

from botpod_local.errors import LocalError
from botpod_local.standins import LOOPBACK, listens

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from botpod_local.standins import Address

READY_S = 120.0
"""What a bot may take; without bytecode, on two cores that eight others share, it takes half a minute."""
POLL_S = 0.1
ASK_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How the bot stands: ``ready``, or why not; ``hopeless`` where only a person can mend that."""

    ready: bool = False
    reason: str = "it says nothing yet"
    hopeless: bool = False
    notes: tuple[str, ...] = ()


def standing(status: Mapping[str, Any]) -> Standing:
    """Read the bot's ``/status``. Pure."""
    blocked = [one["reason"] for one in status["shards"].values() if one["state"] == "blocked"]
    if blocked:
        return Standing(reason=str(blocked[0]), hopeless=True)
    if status["ready"]:
        return Standing(ready=True, notes=tuple(status["notes"].values()))
    problems = [one["problem"] for one in status["dependencies"].values() if one["problem"]]
    return Standing(reason=" ".join((str(status["reason"]), *problems)))


async def wait_ready(
    internal_port: int, *, also: Collection[Address] = (), seconds: float = READY_S
) -> Standing:
    """Return how the bot stands once it is ready, and ``also`` listen.

    Raises LocalError with its own reason where that isn't to be.
    """
    seen = Standing()
    try:
        async with asyncio.timeout(seconds):
            while not (seen.ready and await asyncio.to_thread(_all_listen, also)):
                if seen.hopeless:
                    raise LocalError(f"the bot can't connect: {seen.reason}")
                await asyncio.sleep(POLL_S)
                found: Standing | None = await asyncio.to_thread(_ask, internal_port)
                seen = found or seen
    except TimeoutError:
        raise LocalError(f"the bot is not connected after {seconds:.0f} s: {seen.reason}") from None
    return seen


def _all_listen(addresses: Collection[Address]) -> bool:
    return all(listens(address) for address in addresses)


def _ask(port: int) -> Standing | None:
    try:
        with urlopen(f"http://{LOOPBACK}:{port}/status", timeout=ASK_S) as answer:
            return standing(json.load(answer))
    except (OSError, HTTPException, ValueError, LookupError):
        return None
