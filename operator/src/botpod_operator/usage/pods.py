"""A bot's pods: found by their label, asked at their internal port, marked so that the kubelet hurries."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp

from botpod_operator.desired.manifest import INTERNAL_PORT
from botpod_operator.errors import NotFound
from botpod_operator.identity import BOT_LABEL
from botpod_operator.kube.resources import POD
from botpod_operator.usage.report import Report, report_in

if TYPE_CHECKING:
    from botpod_operator.identity import BotKey
    from botpod_operator.kube.client import Kube

ASK_SECONDS = 1.0
MOST_BYTES = 256 * 1024
SYNC_ANNOTATION = "botpod.dev/sync"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pod:
    """One running pod."""

    name: str
    address: str
    mark: str | None


class Pods:
    """Access to bots' pods."""

    def __init__(self, *, kube: Kube) -> None:
        self._kube = kube
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close the connections to pods."""
        if self._session is not None:
            await self._session.close()

    async def running(self, bot: BotKey) -> tuple[Pod, ...]:
        """Return the bot's running pods, those that end left out."""
        found = await self._kube.list(
            POD,
            namespace=bot.namespace,
            labels={BOT_LABEL: bot.name},
            fields={"status.phase": "Running"},
        )
        return tuple(pod for live in found if (pod := _pod(live, bot)) is not None)

    async def mark(self, bot: BotKey, pod: Pod, mark: str) -> None:
        """Touch a pod: the kubelet then brings its files up to date at once, not within a minute or two."""
        try:
            await self._kube.merge(
                POD,
                namespace=bot.namespace,
                name=pod.name,
                change={"metadata": {"annotations": {SYNC_ANNOTATION: mark}}},
            )
        except NotFound:
            return

    async def ask(self, pod: Pod) -> Report | None:
        """Return what a pod says of itself; None where it doesn't answer."""
        host = f"[{pod.address}]" if ":" in pod.address else pod.address
        try:
            async with (
                asyncio.timeout(ASK_SECONDS),
                self._opened().get(f"http://{host}:{INTERNAL_PORT}/status", allow_redirects=False) as answer,
            ):
                content = await answer.content.read(MOST_BYTES)
            return report_in(json.loads(content))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            return None

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            # Neither proxies nor cookies: this goes to a pod and nowhere else.
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=64, force_close=True),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
            )
        return self._session


def _pod(live: dict[str, Any], bot: BotKey) -> Pod | None:
    """Return a pod that the bot's Deployment made; the label alone could be on anybody's."""
    metadata, address = live["metadata"], live.get("status", {}).get("podIP")
    made = any(
        owner.get("controller")
        and owner["kind"] == "ReplicaSet"
        and owner["name"].startswith(f"bot-{bot.name}-")
        for owner in metadata.get("ownerReferences", ())
    )
    if not made or not address or "deletionTimestamp" in metadata or live["spec"].get("hostNetwork"):
        return None
    return Pod(
        name=metadata["name"],
        address=address,
        mark=metadata.get("annotations", {}).get(SYNC_ANNOTATION),
    )
