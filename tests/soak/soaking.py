"""The soak itself: API server, controllers with the real autoscaler, two operators, and everybody who edits.

It runs in namespaces of its own; its last argument is a directory for all that it writes.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from client import Client, until
from editors import Editors, writers
from figures import percentile
from fleet import WATCHED, botinstance, names, prepare
from following import Following
from machinery import Machinery, machinery
from metricsapi import MOST, REQUEST_MILLIS, TARGET_PERCENT, metrics_api
from operators import Operators
from podstub import answering_pods
from replicas import bot_writes, our_hold, our_writes
from say import say

from botpod_operator.kube.resources import BOT_INSTANCE, DEPLOYMENT

if TYPE_CHECKING:
    from collections.abc import Callable

SCALED, BY_HAND = names(2)
SCALED_EDIT_SECONDS, BY_HAND_EDIT_SECONDS = 25.0, 5.0
"""Between two edits by people or GitOps: the autoscaler's own bot is meddled with now and then."""
RESTART_SECONDS = 45.0
LOOK_SECONDS = 0.25
TELL_SECONDS = 30.0
FOLLOW_SECONDS = 60.0
"""The most a Deployment may be behind. Without a leader nobody follows: its Lease runs 15 s."""
# Kubernetes' own pace is made for pods that take minutes to start; none here has a container.
AUTOSCALER = (
    "--horizontal-pod-autoscaler-sync-period=2s",
    "--horizontal-pod-autoscaler-downscale-stabilization=5s",
    "--horizontal-pod-autoscaler-cpu-initialization-period=1s",
    "--horizontal-pod-autoscaler-initial-readiness-delay=1s",
)


class Soak:
    """Lets everybody loose for a while; says afterwards who wrote what."""

    def __init__(self, machine: Machinery, client: Client, operators: Operators, *, minutes: float) -> None:
        self._machine, self._client, self._operators = machine, client, operators
        self._minutes = minutes
        self._began = time.monotonic()
        self._until = self._began + minutes * 60
        self._following = Following()

    async def run(self) -> dict[str, Any]:
        """Run it and return the figures; AssertionError where a Deployment doesn't follow."""
        scaled, by_hand = _scaled(), botinstance(BY_HAND)
        for bot in (scaled, by_hand):
            await self._client.create(BOT_INSTANCE.path(namespace=WATCHED), bot)
        editors = Editors(self._machine.server, until=self._until)
        async with asyncio.TaskGroup() as group:
            group.create_task(editors.edit(scaled, every=SCALED_EDIT_SECONDS))
            group.create_task(editors.edit(by_hand, every=BY_HAND_EDIT_SECONDS))
            group.create_task(self._restart())
            group.create_task(self._watch())
            group.create_task(self._tell())
        await until(self._level, "every Deployment level with its bot", seconds=FOLLOW_SECONDS)
        return await self._figures()

    async def _restart(self) -> None:
        ways: tuple[Callable[[], None], ...] = (
            self._operators.stop_leader,
            self._operators.kill_leader,
            self._operators.kill_both,
        )
        for way in itertools.cycle(ways):
            await asyncio.sleep(RESTART_SECONDS)
            if time.monotonic() > self._until:
                return
            await asyncio.to_thread(way)

    async def _watch(self) -> None:
        while time.monotonic() < self._until:
            await self._level()
            behind = self._following.behind(now=time.monotonic())
            assert behind < FOLLOW_SECONDS, f"a Deployment is {behind:.0f} s behind its bot"
            await asyncio.sleep(LOOK_SECONDS)

    async def _level(self) -> bool:
        bots = (await self._client.get(BOT_INSTANCE.path(namespace=WATCHED)))["items"]
        deployments = (await self._client.get(DEPLOYMENT.path(namespace=WATCHED)))["items"]
        now = time.monotonic()
        self._following.look(
            {bot["metadata"]["name"]: bot["spec"].get("replicas", 1) for bot in bots},
            {one["metadata"]["name"].removeprefix("bot-"): one["spec"]["replicas"] for one in deployments},
            now=now,
        )
        return not self._following.behind(now=now)

    async def _tell(self) -> None:
        while time.monotonic() < self._until:
            await asyncio.sleep(TELL_SECONDS)
            seen, ended = self._following, self._operators.ended
            minutes = (time.monotonic() - self._began) / 60
            latest = max(seen.lags, default=0.0)
            say(
                f"minute {minutes:.1f} of {self._minutes:g}: {seen.swings} swings, "
                f"{ended.total()} restarts, furthest behind {latest:.1f} s"
            )

    async def _figures(self) -> dict[str, Any]:
        events = self._machine.server.writes()
        bots = (await self._client.get(BOT_INSTANCE.path(namespace=WATCHED)))["items"]
        ours = our_writes(events, namespace=WATCHED)
        lags = self._following.lags
        return {
            "name": "soak_replicas",
            "minutes": round((time.monotonic() - self._began) / 60, 1),
            "edits": dict(writers(bot_writes(events, namespace=WATCHED))),
            "swings": self._following.swings,
            "restarts": dict(self._operators.ended),
            "ours": dict(ours),
            "ours_to_spec": sum(ours.values()) - ours["status"],
            "our_hold": sorted(set().union(*map(our_hold, bots))),
            "followed": len(lags),
            "follow_s": {f"p{share}": round(percentile(lags, share / 100), 2) for share in (50, 99, 100)},
        }


def _scaled() -> dict[str, Any]:
    bot = botinstance(SCALED)
    more = {
        "autoscaling": {"maxReplicas": MOST, "targetCPUUtilizationPercentage": TARGET_PERCENT},
        "pod": {"resources": {"requests": {"cpu": f"{REQUEST_MILLIS}m"}}},
    }
    return {**bot, "spec": {**bot["spec"], **more}}


def passed(figures: dict[str, Any]) -> bool:
    """Tell whether nothing of ours wrote a spec, and everything that should have happened did."""
    wanted = {"HPA", "GitOps", "kubectl scale"}
    return (
        figures["ours_to_spec"] == 0
        and not figures["our_hold"]
        and figures["ours"].get("status", 0) > 0
        and wanted <= figures["edits"].keys()
        and sum(figures["restarts"].values()) > 0
    )


async def run(machine: Machinery, minutes: float) -> dict[str, Any]:
    """Soak with a client of its own."""
    async with (
        Client(machine.server.url, ca=machine.server.ca, token=machine.bench_token) as client,
        answering_pods(client),
        metrics_api(machine, client),
    ):
        with machine.controllers(*AUTOSCALER), Operators(machine) as operators:
            say("two operators run, one leads")
            return await Soak(machine, client, operators, minutes=minutes).run()


def main() -> int:
    """Read the arguments and soak; return the exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("minutes", type=float)
    parser.add_argument("directory", type=Path)
    parsed = parser.parse_args()
    # The first process of a namespace is deaf to signals that it has no handler for.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with machinery(parsed.directory, audits=()) as machine:
        prepare(machine)
        figures = asyncio.run(run(machine, parsed.minutes))
    good = passed(figures)
    sys.stdout.write(json.dumps({**figures, "passed": good}) + "\n")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
