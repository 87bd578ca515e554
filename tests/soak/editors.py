"""Who edits ``spec.replicas`` beside the autoscaler: a person's ``kubectl scale`` and GitOps' apply."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from metricsapi import MOST

if TYPE_CHECKING:
    from apiserver import ApiServer

GITOPS = "argocd-controller"


class Editors:
    """Writes a bot's replicas, now this way, now the other."""

    def __init__(self, server: ApiServer, *, until: float) -> None:
        self._server = server
        self._until = until
        self._random = random.Random(75)  # the same numbers in every run

    async def edit(self, bot: dict[str, Any], *, every: float) -> None:
        """Edit a bot until the time is over."""
        for write in itertools.cycle((self._person, self._gitops)):
            await asyncio.sleep(every * self._random.uniform(0.5, 1.5))
            if time.monotonic() > self._until:
                return
            await asyncio.to_thread(write, bot, self._random.randint(1, MOST))

    def _person(self, bot: dict[str, Any], replicas: int) -> None:
        name, namespace = bot["metadata"]["name"], bot["metadata"]["namespace"]
        self._server.kubectl("scale", f"botinstance/{name}", "-n", namespace, f"--replicas={replicas}")

    def _gitops(self, bot: dict[str, Any], replicas: int) -> None:
        manifest = {**bot, "spec": {**bot["spec"], "replicas": replicas}}
        self._server.kubectl(
            *("apply", "--server-side", "--force-conflicts", f"--field-manager={GITOPS}", "-f", "-"),
            stdin=json.dumps(manifest),
        )


def writers(events: list[dict[str, Any]]) -> Counter[str]:
    """Count the accepted edits among writes to bots by who made them, ours left out."""
    found: Counter[str] = Counter()
    for event in events:
        agent, kind = event.get("userAgent", ""), event["objectRef"].get("subresource", "")
        if event["responseStatus"]["code"] >= 300 or event["verb"] == "create":
            continue
        if agent.startswith("kube-controller-manager") and kind == "scale":
            found["HPA"] += 1
        elif f"fieldManager={GITOPS}" in event["requestURI"]:
            found["GitOps"] += 1
        elif agent.startswith("kubectl") and kind == "scale":
            found["kubectl scale"] += 1
    return found
