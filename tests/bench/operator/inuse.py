"""Which credential a bot's pods say they use, by ``/status`` of each."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    from collections.abc import Callable

PORT = 9090
_PATIENCE = aiohttp.ClientTimeout(total=2)


def digest_in(status: dict[str, Any], key: str) -> str | None:
    """Return what stands for the value of ``key`` in a pod's status; None: nothing is said of it. Pure."""
    credentials = status.get("credentials") or {}
    told = (credentials.get("keys") or credentials).get(key) or {}
    digest: str | None = told.get("digest")
    return digest


def addresses(pods: list[dict[str, Any]]) -> list[str | None]:
    """Return the address of each pod that is not on its way out; None for one without. Pure."""
    return [pod.get("status", {}).get("podIP") for pod in pods if "deletionTimestamp" not in pod["metadata"]]


class Pods:
    """The pods of one bot; ``listed`` returns them as the API server has them, and may block."""

    def __init__(self, session: aiohttp.ClientSession, listed: Callable[[], list[dict[str, Any]]]) -> None:
        self._session = session
        self._listed = listed
        self._addresses: list[str | None] = []

    async def look(self) -> None:
        """See which pods there are now: some may have been replaced."""
        self._addresses = addresses(await asyncio.to_thread(self._listed))

    async def use(self, key: str, digest: str) -> bool:
        """Return whether all of them say that they use this value."""
        told = await asyncio.gather(*(self._told(address, key) for address in self._addresses))
        return bool(told) and all(one == digest for one in told)

    async def _told(self, address: str | None, key: str) -> str | None:
        if address is None:
            return None
        try:
            async with self._session.get(f"http://{address}:{PORT}/status", timeout=_PATIENCE) as answer:
                return digest_in(await answer.json(), key) if answer.ok else None
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return None  # starting, or ending
