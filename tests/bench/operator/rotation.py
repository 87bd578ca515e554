"""A credential that changes: how long until every pod of its bot uses the new one.

By a write to Vault (less the refresh interval, for that long nobody looks), and by editing the version that
the resource is pinned to.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from typing import TYPE_CHECKING

import aiohttp
from figures import Figure, percentile
from inuse import Pods
from realcluster import KEY, NAMESPACE, REFRESH_SECONDS, real_cluster
from say import say

from botpod.credentials.digests import digest

if TYPE_CHECKING:
    from collections.abc import Callable

    from realcluster import RealCluster

BOTS, REPLICAS = 2, 2
WITHIN_SECONDS = 120.0
EVERY_SECONDS = 0.02
LIST_SECONDS = 0.5


async def rotations(number: int) -> list[Figure]:
    """Bring up a real cluster, rotate so many times each way, and return the figures."""
    async with real_cluster() as real, aiohttp.ClientSession() as session:
        bots = [f"rotating-{each}" for each in range(BOTS)]
        for bot in bots:
            real.write(bot, "first")
            real.apply(bot, replicas=REPLICAS)
        for bot in bots:
            await asyncio.to_thread(real.ready, bot)
        pods = {bot: _pods(real, session, bot) for bot in bots}
        by_vault: list[float] = []
        by_edit: list[float] = []
        for turn in range(-(-number // BOTS)):
            by_vault += await asyncio.gather(*(_by_vault(real, bot, pods[bot]) for bot in bots))
            by_edit += await asyncio.gather(*(_by_edit(real, bot, pods[bot]) for bot in bots))
            say(f"rotation {turn + 1}: {by_vault[-1]:.2f} s by Vault, {by_edit[-1]:.2f} s by an edit")
    less = [seconds - REFRESH_SECONDS for seconds in by_vault]
    return [
        Figure(name="rotate_vault_p95_s", value=percentile(less, 0.95), unit="s", n=len(less)),
        Figure(name="rotate_edit_p95_s", value=percentile(by_edit, 0.95), unit="s", n=len(by_edit)),
    ]


async def _by_vault(real: RealCluster, bot: str, pods: Pods) -> float:
    # At any moment between two looks of the operator.
    await asyncio.sleep(random.uniform(0, REFRESH_SECONDS))
    value = secrets.token_hex(16)
    return await _took(pods, value, lambda: real.write(bot, value))


async def _by_edit(real: RealCluster, bot: str, pods: Pods) -> float:
    """Pin the version in use, write a newer one, which changes nothing, and pin that."""
    value = secrets.token_hex(16)
    before = await asyncio.to_thread(_newest, real, bot)
    await asyncio.to_thread(real.pin, bot, before)
    after = await asyncio.to_thread(real.write, bot, value)
    try:
        return await _took(pods, value, lambda: real.pin(bot, after))
    finally:
        await asyncio.to_thread(real.pin, bot, None)


async def _took(pods: Pods, value: str, change: Callable[[], object]) -> float:
    """Make a change and return the seconds until all pods use the value."""
    wanted = await asyncio.to_thread(digest, KEY, value)
    await pods.look()
    began = time.monotonic()
    listed = began
    await asyncio.to_thread(change)
    async with asyncio.timeout(WITHIN_SECONDS):
        while not await pods.use(KEY, wanted):
            if time.monotonic() - listed > LIST_SECONDS:
                await pods.look()
                listed = time.monotonic()
            await asyncio.sleep(EVERY_SECONDS)
    return time.monotonic() - began


def _pods(real: RealCluster, session: aiohttp.ClientSession, bot: str) -> Pods:
    api = real.api()
    path = f"/api/v1/namespaces/{NAMESPACE}/pods?labelSelector=botpod.dev/bot={bot}"
    return Pods(session, lambda: list(api.get(path)["items"]))


def _newest(real: RealCluster, bot: str) -> int:
    found = real.cluster.vault.request("GET", f"/v1/secret/metadata/bots/{bot}")
    return int(found["data"]["current_version"])
