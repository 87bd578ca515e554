"""An HPA scales a bot by its scale subresource, under real load on the pods."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest
from eventually import eventually

if TYPE_CHECKING:
    from stage import Stage

MESSAGES_PER_SECOND = 20
CPU_MILLIS = 50
LOAD_SECONDS = 150
"""The load ends by itself, whatever the HPA does."""


@pytest.mark.req("CP-75")
async def test_under_load_the_hpa_changes_the_bots_replicas(stage: Stage) -> None:
    stage.models.control.on("load", "carried")
    await stage.start_bot(
        limits={"messagesPerUser": 10_000, "concurrentPerUser": 64, "concurrentPerChannel": 64},
        pod={"resources": {"requests": {"cpu": f"{CPU_MILLIS}m"}}},
    )
    # Starting costs more than the target: an HPA that is there already scales out for that alone.
    await eventually(lambda: idle(stage), seconds=90, every=1)
    await stage.patch_spec(
        autoscaling={"minReplicas": 1, "maxReplicas": 2, "targetCPUUtilizationPercentage": 50}
    )
    await stage.kubectl.wait("hpa/bot-hello", "condition=ScalingActive")

    assert (await stage.kubectl.get("bot", "hello"))["spec"].get("replicas", 1) == 1

    load = asyncio.create_task(put_load_on(stage))
    try:
        await stage.kubectl.wait("bot/hello", "jsonpath={.spec.replicas}=2", seconds=LOAD_SECONDS)
    finally:
        load.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await load
    await stage.kubectl.wait("bot/hello", "jsonpath={.status.readyReplicas}=2")


async def idle(stage: Stage) -> bool:
    """Tell whether the metrics API knows the pod and says that it takes less than half of its request."""
    used = [
        container["usage"]["cpu"]
        for pod in await stage.kubectl.items("podmetrics", "-l", "botpod.dev/bot=hello")
        for container in pod["containers"]
    ]
    # In billionths of a core ("4200000n"), as the metrics server writes it.
    return bool(used) and all(int(cpu.removesuffix("n")) < CPU_MILLIS / 2 * 1_000_000 for cpu in used)


async def put_load_on(stage: Stage) -> None:
    for number in range(MESSAGES_PER_SECOND * LOAD_SECONDS):
        stage.discord.people.post("random", "Linus", f"!ask load {number}")
        await asyncio.sleep(1 / MESSAGES_PER_SECOND)
