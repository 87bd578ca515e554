"""What is done to a bot's pods in a real cluster, by kubectl and Vault, while people go on asking."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, override

from continuity.stories.acts import AFTERMATH_SECONDS, Acts
from eventually import eventually
from kubectl import KubectlFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stage import Stage

ROLLED_SECONDS = 240.0
EVICTED_SECONDS = 120.0
LOOK_SECONDS = 1.0
_MINE = "botpod.dev/bot=hello"


@dataclass(frozen=True, kw_only=True)
class PodActs(Acts):
    """Each returns when every shard has a connected session again and no pod is starting or ending."""

    stage: Stage

    @override
    async def roll(self) -> None:
        """Replace every pod, as ``kubectl rollout restart`` does."""
        self.scene.mark("rolling restart", planned=True)
        await self.stage.kubectl("rollout", "restart", "deployment/bot-hello")
        await self.settled()

    @override
    async def scale(self, to: int) -> None:
        """Have so many pods."""
        self.scene.mark(f"scale to {to}", planned=True)
        await self.stage.kubectl("scale", "bot/hello", f"--replicas={to}")
        await self.settled()

    async def drain(self) -> None:
        """Evict every pod there is, each as soon as the budget allows, as the drain of a node does."""
        for pod in await self.pods():
            self.scene.mark("eviction", planned=True)
            name = pod["metadata"]["name"]
            # As often as kubectl drain asks again.
            await eventually(lambda name=name: self._evict(name), seconds=EVICTED_SECONDS, every=5)
            await self.settled()

    @override
    async def kill(self) -> None:
        """Kill the process of the pod that was killed least; the kubelet starts it again.

        A container that ends again and again is started ever later, so its pod is replaced afterwards.
        """
        pods = await self.pods()
        oldest = min(pods, key=lambda pod: str(pod["status"]["startTime"]))
        self.scene.mark("SIGKILL", planned=False)
        for process in _processes_of(oldest["metadata"]["uid"]):
            os.kill(process, signal.SIGKILL)
        await self.covered()
        # What waited since then is this mark's, not the next one's.
        await asyncio.sleep(AFTERMATH_SECONDS)
        self.scene.mark("replacement", planned=True)
        await self.stage.kubectl("delete", "pod", oldest["metadata"]["name"], "--wait=false")
        await self.settled()

    @override
    async def reshard(self, to: int) -> None:
        """Have so many shards."""
        self.scene.mark(f"reshard to {to}", planned=True)
        await self.stage.kubectl.patch("bot/hello", {"spec": {"discord": {"shards": to}}})
        await self.settled()

    @override
    async def deliver(self, token: str) -> None:
        await self.stage.used(self.stage.write_credentials(**{"discord-token": token}))

    @override
    async def redis_away(self, seconds: float) -> None:
        self.scene.mark("Redis away", planned=False)
        redis = ("scale", "statefulset/botpod-redis")
        await self.stage.system(*redis, "--replicas=0")
        await asyncio.sleep(seconds)
        await self.stage.system(*redis, "--replicas=1")
        await self.covered()

    async def settled(self) -> None:
        """Wait until the pods are those that the newest spec asks for, and every shard is connected."""
        await self.stage.up_to_date()
        kubectl = self.stage.kubectl
        # By a watch, and then seldom: whatever looks all the time is in the way of the pods that start.
        await kubectl("rollout", "status", "deployment/bot-hello", seconds=ROLLED_SECONDS)
        wanted = (await kubectl.get("deployment", "bot-hello"))["spec"]["replicas"]

        async def settled() -> bool:
            found = await self.pods()
            return len(found) == wanted and all(_is_ready(pod) for pod in found)

        await eventually(settled, seconds=ROLLED_SECONDS, every=LOOK_SECONDS)
        await self.covered()

    @override
    async def covered(self) -> None:
        bot = await self.stage.kubectl.get("bot", "hello")
        await self.scene.covered(int(bot["spec"]["discord"]["shards"]))

    async def pods(self) -> list[dict[str, Any]]:
        """Return every pod, those on their way out included."""
        return await self.stage.kubectl.items("pods", "-l", _MINE)

    async def _evict(self, pod: str) -> bool:
        where = f"/api/v1/namespaces/{self.stage.namespace}/pods/{pod}/eviction"
        eviction = {
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"name": pod, "namespace": self.stage.namespace},
        }
        try:
            await self.stage.kubectl("create", "--raw", where, "-f", "-", stdin=json.dumps(eviction))
        except KubectlFailed as error:
            if "disruption budget" not in str(error):
                raise
            return False
        return True


def _is_ready(pod: dict[str, Any]) -> bool:
    conditions = pod["status"].get("conditions", ())
    ready = any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)
    return ready and "deletionTimestamp" not in pod["metadata"]


def _processes_of(pod_uid: str) -> Iterator[int]:
    """Return the bot's processes in a pod, as this machine numbers them."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            groups = (entry / "cgroup").read_text(encoding="utf-8")
            command = (entry / "cmdline").read_bytes()
        except OSError:  # it has ended meanwhile
            continue
        if pod_uid in groups and b"botpod" in command:
            yield int(entry.name)
