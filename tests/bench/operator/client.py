"""The API server as the bench asks it: as little Python around a request as there can be."""

from __future__ import annotations

import asyncio
import json
import ssl
from typing import TYPE_CHECKING, Any, Self

import aiohttp
from eventually import eventually

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from pathlib import Path

    from botpod_operator.kube.resources import Resource

AT_ONCE = 32
"""Requests side by side; 16 to 48 are where an API server on two cores takes the most."""
MANAGER = "bench"
_TIMEOUT = aiohttp.ClientTimeout(total=120)


class Client:
    """Use it as an async context manager."""

    def __init__(self, url: str, *, ca: Path, token: str) -> None:
        self._url = url
        self._trust = ssl.create_default_context(cafile=str(ca))
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            self._url,
            headers=self._headers,
            connector=aiohttp.TCPConnector(ssl=self._trust, limit=AT_ONCE),
            timeout=_TIMEOUT,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def get(self, path: str) -> Any:
        """Return what is at a path, parsed."""
        return json.loads(await self._send("GET", path))

    async def create(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Create an object; return it."""
        made: dict[str, Any] = json.loads(
            await self._send(
                "POST", f"{path}?fieldValidation=Strict", json.dumps(body), content_type="application/json"
            )
        )
        return made

    async def apply(self, path: str, body: str) -> None:
        """Apply server-side; the answer is read and dropped."""
        query = f"?fieldManager={MANAGER}&force=true"
        await self._send("PATCH", path + query, body, content_type="application/apply-patch+yaml")

    async def merge(self, path: str, body: dict[str, Any]) -> None:
        """Change some fields, as a person's edit does."""
        await self._send(
            "PATCH",
            f"{path}?fieldValidation=Strict",
            json.dumps(body),
            content_type="application/merge-patch+json",
        )

    async def delete(self, path: str) -> None:
        """Delete one object."""
        await self._send("DELETE", path)

    async def delete_all(self, resource: Resource, *, namespace: str, selector: str = "") -> None:
        """Delete all objects of a kind; what they own goes when the garbage collector runs."""
        query = "?propagationPolicy=Background&gracePeriodSeconds=0"
        labels = f"&labelSelector={selector}" if selector else ""
        await self._send("DELETE", resource.path(namespace=namespace) + query + labels)

    async def count(self, path: str) -> int:
        """Return how many objects a collection has, without reading them."""
        query = "&" if "?" in path else "?"
        found = await self.get(f"{path}{query}limit=1")
        return len(found["items"]) + int(found["metadata"].get("remainingItemCount", 0))

    async def _send(
        self, method: str, path: str, body: str | None = None, *, content_type: str = ""
    ) -> bytes:
        headers = {"Content-Type": content_type} if content_type else {}
        async with self._session.request(method, path, data=body, headers=headers) as answer:
            content = await answer.read()
            if answer.status >= 400:
                raise AssertionError(f"{method} {path}: {answer.status} {content[:500]!r}")
            return content


async def all_of(works: Iterable[Awaitable[object]], *, at_once: int = AT_ONCE) -> None:
    """Do them side by side, so many at a time."""
    waiting = iter(works)

    async def worker() -> None:
        for work in waiting:
            await work

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(worker())


async def until(
    look: Callable[[], bool | Awaitable[bool]], what: str, *, seconds: float, every: float = 0.1
) -> None:
    """Wait until ``look()`` (or what it awaits) is true; AssertionError where it isn't in time."""
    try:
        await eventually(look, seconds=seconds, every=every)
    except AssertionError:
        raise AssertionError(f"not within {seconds:.0f} s: {what}") from None
