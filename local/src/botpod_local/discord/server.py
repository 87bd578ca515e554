"""One Discord: put together, listening, stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from aiohttp import web

from botpod_local.discord.control.building import Building
from botpod_local.discord.control.faults import Faults
from botpod_local.discord.control.feed import Feed
from botpod_local.discord.control.http import ControlApi
from botpod_local.discord.control.interacting import Interacting
from botpod_local.discord.control.looking import Looking
from botpod_local.discord.control.operations import Operations
from botpod_local.discord.control.page import Page
from botpod_local.discord.control.people import People
from botpod_local.discord.endpoints.posting import Endpoints
from botpod_local.discord.failures import Failures
from botpod_local.discord.gateway.endpoint import Endpoint
from botpod_local.discord.gateway.hub import Hub
from botpod_local.discord.payloads.messages import CDN
from botpod_local.discord.record import Record
from botpod_local.discord.rest.api import PREFIX, Api
from botpod_local.discord.rest.cdn import Cdn
from botpod_local.discord.rest.guard import Guard
from botpod_local.discord.settings import Settings
from botpod_local.discord.world.default import default_world
from botpod_local.listening import listen, url_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from botpod_local.discord.exchange import Observer
    from botpod_local.discord.world.records import Application
    from botpod_local.discord.world.world import World
    from botpod_local.listening import Listen

STOP_SECONDS = 2.0
LARGEST_REQUEST = 64 * 1024 * 1024


class DiscordServer:
    """A Discord of one's own, used as ``async with DiscordServer() as discord``.

    Args:
        world: what there is; left out, the demo's.
        api: where bots reach it; several addresses may be given.
        page: where control and the web page listen; None: nowhere. Kept apart so that a bot can't get there.
        settings: limits and timings.
        observer: called with every REST exchange.

    Attributes:
        people: acts as a person (post, edit, react, …).
        interacting: acts as a person (command, click, select, submit, …).
        faults: breaks things.
        building: makes worlds.
        looking: reads what happened.
        record: the same, to await it.
    """

    def __init__(
        self,
        *,
        world: World | None = None,
        api: Sequence[Listen] = (("127.0.0.1", 0),),
        page: Listen | None = None,
        settings: Settings | None = None,
        observer: Observer | None = None,
    ) -> None:
        self.world = world or default_world()
        self.settings = settings or Settings()
        self.record = Record(self.world.clock)
        self.hub = Hub(world=self.world, settings=self.settings, record=self.record)
        self.world.subscribe(self.record.hear)
        self._listen_api, self._listen_page = tuple(api), page
        self._endpoint = Endpoint(world=self.world, hub=self.hub, settings=self.settings, record=self.record)
        self._endpoints = Endpoints(
            world=self.world,
            hub=self.hub,
            settings=self.settings,
            record=self.record,
            base=lambda: url_of(self.api_addresses[0]),
        )
        self.world.poster = self._endpoints.post
        guard, failures = Guard(settings=self.settings, record=self.record), Failures()
        self._api = Api(
            world=self.world,
            hub=self.hub,
            endpoints=self._endpoints,
            guard=guard,
            failures=failures,
            settings=self.settings,
            record=self.record,
            observer=observer,
        )
        self.people = People(self.world)
        self.interacting = Interacting(self.world)
        self.building = Building(self.world)
        self.looking = Looking(world=self.world, hub=self.hub, record=self.record)
        self.faults = Faults(
            world=self.world,
            hub=self.hub,
            endpoint=self._endpoint,
            guard=guard,
            failures=failures,
            settings=self.settings,
        )
        self.operations = Operations(self.people, self.interacting, self.faults, self.building, self.looking)
        self._feed = Feed(world=self.world, hub=self.hub)
        self._runners: list[web.AppRunner] = []
        self.api_addresses: list[Listen] = []
        self.page_address: Listen | None = None

    @property
    def api_url(self) -> str:
        """The base of the REST API at the first address, ``http://…/api/v10``."""
        return url_of(self.api_addresses[0]) + PREFIX

    @property
    def page_url(self) -> str:
        """The web page's address; control lies below it at ``/control``."""
        if self.page_address is None:
            raise RuntimeError("the page was not asked for: pass page=(host, port)")
        return url_of(self.page_address)

    @property
    def application(self) -> Application:
        """The first bot's application."""
        return next(iter(self.world.applications.values()))

    @property
    def token(self) -> str:
        """The first bot's token."""
        return self.application.token

    def file_url(self, url: str) -> str:
        """Return the full address of a file out of an in-process answer, where it begins with ``cdn://``."""
        return url.replace(CDN, self.api_url.removesuffix(PREFIX) + "/", 1)

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: if an address is taken.
        """
        try:
            self.api_addresses = await self._listen(self._bot_side(), self._listen_api)
            if self._listen_page is not None:
                (self.page_address,) = await self._listen(self._page_side(), (self._listen_page,))
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Close every connection and listen no more."""
        self._endpoint.shut_all()
        await self._endpoints.close()
        await self._feed.close()
        for runner in reversed(self._runners):
            await runner.cleanup()
        self._runners.clear()

    def _bot_side(self) -> web.Application:
        app = web.Application(client_max_size=LARGEST_REQUEST)
        for path in ("/", "/resume", "/resume/"):
            app.router.add_get(path, self._endpoint.serve)
        self._api.add_to(app)
        Cdn(self.world).add_to(app)
        return app

    def _page_side(self) -> web.Application:
        app = web.Application(client_max_size=LARGEST_REQUEST)
        ControlApi(operations=self.operations, feed=self._feed).add_to(app)
        Cdn(self.world).add_to(app)
        Page().add_to(app)
        return app

    async def _listen(self, app: web.Application, wanted: Sequence[Listen]) -> list[Listen]:
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=STOP_SECONDS)
        self._runners.append(runner)
        return await listen(runner, wanted)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()
