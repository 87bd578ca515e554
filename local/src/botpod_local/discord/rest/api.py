"""From an HTTP request to a handler and back, through all that stands between."""

from __future__ import annotations

import asyncio
import json
import logging
from inspect import isawaitable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from botpod_local.discord.errors import Fault, Refusal
from botpod_local.discord.exchange import Exchange
from botpod_local.discord.gateway.outbox import reset
from botpod_local.discord.hosts import base_url, gateway_url, with_host
from botpod_local.discord.rest.body import read_body
from botpod_local.discord.rest.call import Answer, Call
from botpod_local.discord.rest.guard import limited
from botpod_local.discord.rest.table import ROUTES

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler as WebHandler

    from botpod_local.discord.endpoints.posting import Endpoints
    from botpod_local.discord.exchange import Observer
    from botpod_local.discord.failures import Failure, Failures
    from botpod_local.discord.gateway.hub import Hub
    from botpod_local.discord.record import Record
    from botpod_local.discord.rest.call import Route
    from botpod_local.discord.rest.guard import Guard
    from botpod_local.discord.settings import Settings
    from botpod_local.discord.world.records import Application
    from botpod_local.discord.world.world import World

log = logging.getLogger(__name__)

PREFIX = "/api/v10"
TOO_MANY = 429
PLAIN_FAULTS = {
    502: "error code: 502",
    503: "upstream connect error or disconnect/reset before headers",
    504: "error code: 504",
}
"""What the edge answers by itself is no JSON."""


class Api:
    """Serves every route of the table."""

    def __init__(
        self,
        *,
        world: World,
        hub: Hub,
        endpoints: Endpoints,
        guard: Guard,
        failures: Failures,
        settings: Settings,
        record: Record,
        observer: Observer | None,
    ) -> None:
        self._world = world
        self._hub = hub
        self._endpoints = endpoints
        self._guard = guard
        self._failures = failures
        self._settings = settings
        self._record = record
        self._observer = observer

    def add_to(self, app: web.Application) -> None:
        """Register the routes; more exact paths first."""
        for route in sorted(ROUTES, key=lambda r: [p.startswith("{") for p in r.template.split("/")]):
            app.router.add_route(route.method, PREFIX + route.template, self._serving(route))
        app.router.add_route("*", "/api/{rest:.*}", self._unknown)

    def _serving(self, route: Route) -> WebHandler:
        async def serve(request: web.Request) -> web.StreamResponse:
            return await self._serve(request, route)

        return serve

    async def _unknown(self, request: web.Request) -> web.StreamResponse:
        """Answer a path that isn't in the table."""
        if not request.path.startswith(f"{PREFIX}/"):
            fault = Fault.INVALID_API_VERSION
        else:
            path = request.path.removeprefix(PREFIX)
            there = any(_matches(r.template, path) for r in ROUTES)
            fault = Fault.METHOD_NOT_ALLOWED if there else Fault.NOT_FOUND
        refusal = Refusal(fault)
        return self._finish(request, None, {}, None, Answer(refusal.status, refusal.body()), injected=False)

    async def _serve(self, request: web.Request, route: Route) -> web.StreamResponse:
        address, now = request.remote or "", self._world.now()
        if (wait := self._guard.banned(address, now)) > 0:
            return web.Response(
                status=TOO_MANY, text="error code: 1015", headers={"Retry-After": str(int(wait) + 1)}
            )
        if self._settings.rest_latency:
            await asyncio.sleep(self._settings.rest_latency)
        order = self._failures.take(request.method, request.path.removeprefix(PREFIX))
        if order is not None and not order.done:
            return await self._fail(request, route, order)
        caller = self._caller(request)
        # Not the raw path's parts: those keep their percent signs.
        params = dict(request.match_info)
        headers: dict[str, str] = {}
        body: Any = None
        if route.authorized and caller is None:
            answer = _refused(Refusal(Fault.UNAUTHORIZED))
        else:
            headers, stop = self._guard.admit(route, caller, params, address, self._world.now())
            if stop is None:
                try:
                    body, answer = await self._answered(request, route, caller, params)
                except ConnectionError:
                    # The client died while it was sending: nothing was asked, and nobody is there to answer.
                    return web.Response(status=400)
            else:
                headers, answer = stop.headers, Answer(TOO_MANY, stop.body)
        if order is not None:
            return await self._fail(request, route, order)
        if self._settings.rest_latency:
            await asyncio.sleep(self._settings.rest_latency)
        return self._finish(request, route, headers, body, answer, injected=False, caller=caller)

    def _caller(self, request: web.Request) -> Application | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        return self._world.application_by_token(token.strip()) if scheme == "Bot" and token else None

    async def _answered(
        self, request: web.Request, route: Route, caller: Application | None, params: dict[str, str]
    ) -> tuple[Any, Answer]:
        body: Any = None
        try:
            body, files = await read_body(request, self._settings.upload_bytes)
            call = Call(
                world=self._world,
                hub=self._hub,
                endpoints=self._endpoints,
                settings=self._settings,
                caller=caller,
                method=request.method,
                params=params,
                query=request.query,
                body=body,
                files=files,
                gateway_url=gateway_url(request),
            )
            answer = route.handler(call)
            return body, await answer if isawaitable(answer) else answer
        except Refusal as refusal:
            return body, _refused(refusal)
        except ConnectionError:
            raise
        except Exception:
            # A mistake of the stand-in, not of the bot: Discord too answers 500, and the test must see it.
            log.exception("the stand-in failed at %s %s", request.method, route.template)
            self._record.count("internal_errors")
            return body, _refused(Refusal(Fault.INTERNAL))

    async def _fail(self, request: web.Request, route: Route, order: Failure) -> web.StreamResponse:
        self._record.count("injected")
        await asyncio.sleep(order.delay)
        if order.status == 0:
            reset(request)
            return web.Response(status=500)
        if order.status == TOO_MANY:
            stop = limited({}, order.retry_after, order.scope)
            answer, headers = Answer(TOO_MANY, stop.body), stop.headers
        else:
            said = f"{order.status}: told to fail"
            answer, headers = Answer(order.status, {"message": said, "code": order.code}), {}
        return self._finish(request, route, headers, None, answer, injected=True)

    def _finish(
        self,
        request: web.Request,
        route: Route | None,
        headers: dict[str, str],
        body: Any,
        answer: Answer,
        *,
        injected: bool,
        caller: Application | None = None,
    ) -> web.StreamResponse:
        template = route.template if route else None
        self._guard.note_answer(
            answer.status, headers.get("X-RateLimit-Scope"), request.remote or "", self._world.now()
        )
        self._record.count(f"requests {request.method} {template or 'unknown'}")
        self._record.count(f"status {answer.status}")
        self._record.add(
            "request",
            method=request.method,
            route=template,
            path=request.path.removeprefix(PREFIX),
            status=answer.status,
            code=answer.body.get("code") if isinstance(answer.body, dict) else None,
            answer_id=answer.body.get("id") if isinstance(answer.body, dict) else None,
            application_id=str(caller.id) if caller else None,
            injected=injected,
        )
        response = _response(answer, headers, base_url(request), injected=injected)
        if self._observer is not None:
            self._observer(
                Exchange(
                    method=request.method,
                    template=template,
                    path=request.path.removeprefix(PREFIX),
                    query=request.query,
                    content_type=request.content_type if request.can_read_body else "",
                    body=body,
                    status=answer.status,
                    answer_type=response.headers.get("Content-Type", ""),
                    answer_headers=dict(response.headers),
                    answer=json.loads(response.body)
                    if isinstance(response.body, bytes) and not injected
                    else None,
                    injected=injected,
                )
            )
        return response


def _response(answer: Answer, headers: dict[str, str], base: str, *, injected: bool) -> web.Response:
    if answer.body is None:
        return web.Response(status=answer.status, headers=headers)
    if injected and answer.status in PLAIN_FAULTS:
        return web.Response(status=answer.status, headers=headers, text=PLAIN_FAULTS[answer.status])
    written = with_host(json.dumps(answer.body, separators=(",", ":"), ensure_ascii=False), base)
    return web.Response(
        status=answer.status, headers=headers, body=written.encode(), content_type="application/json"
    )


def _refused(refusal: Refusal) -> Answer:
    return Answer(refusal.status, refusal.body())


def _matches(template: str, path: str) -> bool:
    wanted, given = template.split("/"), path.split("/")
    return len(wanted) == len(given) and all(
        w == g or w.startswith("{") for w, g in zip(wanted, given, strict=True)
    )
