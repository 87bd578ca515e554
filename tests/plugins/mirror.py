"""What a test sees of one namespace: lists and watches straight at the API server, for many waiters."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import aiohttp
from apiserver import ADMIN_TOKEN

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from apiserver import ApiServer

    from botpod_operator.kube.resources import Resource

type Object = dict[str, Any]
AGAIN_SECONDS, READY_SECONDS = 0.2, 10.0


class Mirror:
    """The administrator's view, and hands."""

    def __init__(self, *, session: aiohttp.ClientSession, url: str, namespace: str) -> None:
        self.namespace = namespace
        self._session = session
        self._url = url
        self._objects: dict[tuple[str, str], Object] = {}
        self._moved: defaultdict[tuple[str, str], asyncio.Event] = defaultdict(asyncio.Event)

    async def call(
        self, method: str, path: str, body: Object | None = None, *, content: str = "application/json"
    ) -> Object:
        """Make a request as the administrator; what the API server refuses fails the test."""
        async with self._session.request(
            method,
            f"{self._url}{path}",
            data=json.dumps(body) if body is not None else None,
            headers={"Content-Type": content},
        ) as answer:
            said: Object = await answer.json()
        assert answer.status < 300, said.get("message", said)
        return said

    async def create(self, resource: Resource, manifest: Object, *, sub: str | None = None) -> Object:
        """Create an object of the namespace."""
        return await self.call("POST", resource.path(namespace=self.namespace, sub=sub), manifest)

    async def merge(self, resource: Resource, name: str, change: Object, *, sub: str | None = None) -> Object:
        """Change an object as ``kubectl patch`` does."""
        path = resource.path(namespace=self.namespace, name=name, sub=sub)
        return await self.call("PATCH", path, change, content="application/merge-patch+json")

    async def delete(self, resource: Resource, name: str) -> None:
        """Delete an object."""
        await self.call("DELETE", resource.path(namespace=self.namespace, name=name))

    async def list(self, resource: Resource) -> list[Object]:
        """Return all objects of a kind."""
        found = await self.call("GET", resource.path(namespace=self.namespace))
        items: list[Object] = found["items"]
        return items

    def get(self, resource: Resource, name: str) -> Object | None:
        """Return an object of a kind that is followed."""
        return self._objects.get((resource.plural, name))

    async def until(
        self,
        resource: Resource,
        name: str,
        fits: Callable[[Object | None], object],
        *,
        seconds: float,
        what: str = "",
    ) -> Object | None:
        """Wait until a followed object fits; ``fits`` gets None where there is none."""
        key, moved = (resource.plural, name), self._moved[resource.plural, name]
        try:
            async with asyncio.timeout(seconds):
                while not fits(self._objects.get(key)):
                    moved.clear()
                    await moved.wait()
        except TimeoutError:
            seen = json.dumps(self._objects.get(key))
            raise AssertionError(f"{name} not {what or 'so'} within {seconds} s: {seen}") from None
        return self._objects.get(key)

    async def follow(self, resource: Resource, listed: asyncio.Event) -> None:
        """Keep up with a kind for ever."""
        path = resource.path(namespace=self.namespace)
        found = await self._listed(path)
        for live in found["items"]:
            self._see(resource, live, gone=False)
        listed.set()
        version = found["metadata"]["resourceVersion"]
        while True:
            query = f"?watch=true&allowWatchBookmarks=true&resourceVersion={version}"
            timeout = aiohttp.ClientTimeout(total=None)
            async with (
                self._session.get(f"{self._url}{path}{query}", timeout=timeout) as answer,
                _cut(answer),
            ):
                async for line in answer.content:
                    event = json.loads(line)
                    version = event["object"]["metadata"]["resourceVersion"]
                    if event["type"] != "BOOKMARK":
                        self._see(resource, event["object"], gone=event["type"] == "DELETED")

    async def _listed(self, path: str) -> Object:
        """List; a kind whose CRD is new isn't served at once."""
        async with asyncio.timeout(READY_SECONDS):
            while True:
                with contextlib.suppress(AssertionError):
                    return await self.call("GET", path)
                await asyncio.sleep(AGAIN_SECONDS)

    async def _listed(self, path: str) -> Object:
        """List; a kind whose CRD is new isn't served at once."""
        async with asyncio.timeout(READY_SECONDS):
            while True:
                with contextlib.suppress(AssertionError):
                    return await self.call("GET", path)
                await asyncio.sleep(AGAIN_SECONDS)

    def _see(self, resource: Resource, live: Object, *, gone: bool) -> None:
        key = resource.plural, live["metadata"]["name"]
        if gone:
            self._objects.pop(key, None)
        else:
            self._objects[key] = live
        self._moved[key].set()


@contextlib.asynccontextmanager
async def _cut(answer: aiohttp.ClientResponse) -> AsyncIterator[None]:
    """Cut a watch's connection at the end: TLS would say goodbye for longer than the test's loop lives."""
    try:
        yield
    finally:
        if answer.connection is not None and answer.connection.transport is not None:
            answer.connection.transport.abort()


@contextlib.asynccontextmanager
async def mirror(server: ApiServer, *, namespace: str, follows: Iterable[Resource]) -> AsyncIterator[Mirror]:
    """Follow kinds of a namespace until the block ends."""
    trust = ssl.create_default_context(cafile=str(server.ca))
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=32, ssl=trust),
        headers={"Authorization": f"Bearer {ADMIN_TOKEN}"},
        timeout=aiohttp.ClientTimeout(total=30),
        read_bufsize=2**22,  # a line of a watch is a whole object
    ) as session:
        view = Mirror(session=session, url=server.url, namespace=namespace)
        tasks = []
        for resource in follows:
            listed = asyncio.Event()
            tasks.append(asyncio.create_task(view.follow(resource, listed)))
            async with asyncio.timeout(10):
                await listed.wait()
        try:
            yield view
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            # Transports that were cut close in the loop's next round.
            await asyncio.sleep(0)
