"""A bot's pods: found by their label, asked at their internal port, marked so that the kubelet hurries."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp
from pydantic import ValidationError

from botpod_credentials.pod.answer import TrialAnswer
from botpod_operator.desired.manifest import CREDENTIALS_PORT, INTERNAL_PORT
from botpod_operator.desired.sidecar import CONTAINER
from botpod_operator.errors import NotFound
from botpod_operator.identity import BOT_LABEL
from botpod_operator.kube.resources import POD
from botpod_operator.usage.ailments import ailments
from botpod_operator.usage.report import Report, report_in, with_problem

if TYPE_CHECKING:
    from botpod_operator.identity import BotKey
    from botpod_operator.kube.client import Kube
    from botpod_operator.usage.ailments import Ailment
    from botpod_operator.usage.trials import Told

ASK_SECONDS = 1.0
TRY_SECONDS = 30.0
"""A trial reads Vault (15 s at most) and asks the services (10 s)."""
MOST_BYTES = 256 * 1024
TRIAL_BYTES = 16 * 1024
"""A trial's answer is a sentence and a few words."""
MOST_HEADERS, MOST_HEADER_BYTES = 32, 4096
SYNC_ANNOTATION = "botpod.dev/sync"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pod:
    """One running pod."""

    name: str
    address: str
    mark: str | None
    created: str = ""
    """RFC 3339."""
    tries: bool = False
    """Whether it takes its credentials from Vault itself, and so can try them."""


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
        """Return the bot's running pods, those that end left out, and those that wait for credentials."""
        found = await self._kube.list(POD, namespace=bot.namespace, labels={BOT_LABEL: bot.name}, fields={})
        return tuple(pod for live in found if (pod := _pod(live, bot)) is not None)

    async def ailments(self, bot: BotKey) -> tuple[Ailment, ...]:
        """Return what keeps the bot's pods from serving, by their scheduler and kubelets."""
        found = await self._kube.list(POD, namespace=bot.namespace, labels={BOT_LABEL: bot.name}, fields={})
        return ailments(live for live in found if _made(live, bot))

    async def triers(self, bot: BotKey) -> tuple[Pod, ...]:
        """Return the bot's pods that can try credentials, the oldest first."""
        found = await self.running(bot)
        return tuple(sorted((pod for pod in found if pod.tries), key=lambda pod: (pod.created, pod.name)))

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
        content = await self._said(pod, INTERNAL_PORT, "/status", seconds=ASK_SECONDS)
        report = None if content is None else report_in(content)
        if not pod.tries:
            return report
        # Asked where the bot doesn't answer, too: it may wait for this one.
        beside = await self._said(pod, CREDENTIALS_PORT, "/status", seconds=ASK_SECONDS)
        return with_problem(report, beside)

    async def try_out(self, pod: Pod, digest: str) -> Told | None:
        """Return what a pod says of the values of this digest; None where it doesn't know of them yet."""
        content = await self._said(
            pod, CREDENTIALS_PORT, f"/trial/{digest}", seconds=TRY_SECONDS, most=TRIAL_BYTES
        )
        try:
            answer = TrialAnswer.model_validate(content)
        except ValidationError:
            return None
        return answer.told() if answer.digest == digest else None

    async def _said(self, pod: Pod, port: int, path: str, *, seconds: float, most: int = MOST_BYTES) -> Any:
        """Return the JSON that a pod answers; None where it answers none.

        ``seconds`` are for all of it, from the connection to the last byte.
        """
        host = f"[{pod.address}]" if ":" in pod.address else pod.address
        try:
            async with (
                asyncio.timeout(seconds),
                self._opened().get(f"http://{host}:{port}{path}", allow_redirects=False) as answer,
            ):
                return json.loads(await _all_of(answer.content, most=most))
        # One that nests deeper than anybody would is no answer, either.
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, RecursionError):
            return None

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            # Neither proxies nor cookies: this goes to a pod and nowhere else.
            self._session = aiohttp.ClientSession(
                # Turns bound it: who waits for a connection would wait for another bot's.
                connector=aiohttp.TCPConnector(limit=0, force_close=True),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                # Nothing is unpacked, so that what is read is what was sent.
                auto_decompress=False,
                headers={"Accept-Encoding": "identity"},
                max_headers=MOST_HEADERS,
                max_line_size=MOST_HEADER_BYTES,
                max_field_size=MOST_HEADER_BYTES,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=ASK_SECONDS),
            )
        return self._session


async def _all_of(content: aiohttp.StreamReader, *, most: int) -> bytes:
    """Return a whole answer, which may come in several pieces. Raises ``ValueError`` for too long a one."""
    found = bytearray()
    async for piece in content.iter_any():
        found += piece
        if len(found) > most:
            raise ValueError("too long")
    return bytes(found)


def _pod(live: dict[str, Any], bot: BotKey) -> Pod | None:
    """Return a pod that can be asked."""
    metadata, address = live["metadata"], live.get("status", {}).get("podIP")
    if (
        not _made(live, bot)
        or not address
        or "deletionTimestamp" in metadata
        or live["spec"].get("hostNetwork")
    ):
        return None
    tries = any(container["name"] == CONTAINER for container in live["spec"].get("initContainers", ()))
    # One that waits for its first credentials is Pending, but answers.
    if live["status"]["phase"] not in (("Running", "Pending") if tries else ("Running",)):
        return None
    return Pod(
        name=metadata["name"],
        address=address,
        mark=metadata.get("annotations", {}).get(SYNC_ANNOTATION),
        created=metadata["creationTimestamp"],
        tries=tries,
    )


def _made(live: dict[str, Any], bot: BotKey) -> bool:
    """Return whether the bot's Deployment made a pod; the label alone could be on anybody's."""
    return any(
        owner.get("controller")
        and owner["kind"] == "ReplicaSet"
        and owner["name"].startswith(f"bot-{bot.name}-")
        for owner in live["metadata"].get("ownerReferences", ())
    )
