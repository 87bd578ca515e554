"""The control over HTTP, for a stand-in that runs as a process of its own.

GET / shows where things stand; POST /rules {match, reply: text or Reply}, DELETE /rules; POST /trouble (a
Trouble), DELETE /trouble; PUT /keys/{vendor} {keys: […]} or {any: true, keyless: false}; PUT /models/{vendor}
{models: […]}; GET /requests, DELETE /requests.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from aiohttp import web

from botpod_local.models.conversation import Vendor
from botpod_local.models.replies import Reply, Rule
from botpod_local.models.trouble import Trouble

if TYPE_CHECKING:
    from botpod_local.models.control import Control


def control_application(control: Control) -> web.Application:
    """Return the application that hands requests to ``control``."""
    app = web.Application(middlewares=[_sentences])
    handlers = _Handlers(control)
    app.add_routes(
        [
            web.get("/", handlers.show),
            web.post("/rules", handlers.add_rule),
            web.delete("/rules", handlers.forget_rules),
            web.post("/trouble", handlers.add_trouble),
            web.delete("/trouble", handlers.heal),
            web.put("/keys/{vendor}", handlers.set_keys),
            web.put("/models/{vendor}", handlers.set_models),
            web.get("/requests", handlers.list_requests),
            web.delete("/requests", handlers.forget_requests),
        ]
    )
    return app


@web.middleware
async def _sentences(request: web.Request, handler: Any) -> web.StreamResponse:
    try:
        response: web.StreamResponse = await handler(request)
    except (ValueError, TypeError, KeyError, AttributeError, re.error) as error:
        return web.json_response({"error": f"not understood: {error}"}, status=400)
    return response


class _Handlers:
    def __init__(self, control: Control) -> None:
        self._control = control

    async def show(self, _: web.Request) -> web.Response:
        return web.json_response({"requests": len(self._control.requests), "vendors": list(Vendor)})

    async def add_rule(self, request: web.Request) -> web.Response:
        body = await _object(request)
        reply = body.pop("reply")
        vendor = body.pop("vendor", None)
        made = Reply(text=reply) if isinstance(reply, str) else Reply.from_json(reply)
        re.compile(body["match"])
        self._control.add(Rule(reply=made, vendor=None if vendor is None else Vendor(vendor), **body))
        return web.json_response({}, status=201)

    async def forget_rules(self, _: web.Request) -> web.Response:
        self._control.forget_rules()
        return web.json_response({})

    async def add_trouble(self, request: web.Request) -> web.Response:
        self._control.trouble(Trouble.from_json(await _object(request)))
        return web.json_response({}, status=201)

    async def heal(self, _: web.Request) -> web.Response:
        self._control.heal()
        return web.json_response({})

    async def set_keys(self, request: web.Request) -> web.Response:
        vendor = Vendor(request.match_info["vendor"])
        body = await _object(request)
        if body.get("any"):
            self._control.accept_any(vendor, keyless=bool(body.get("keyless")))
        else:
            self._control.accept(vendor, *body["keys"])
        return web.json_response({})

    async def set_models(self, request: web.Request) -> web.Response:
        self._control.offer(Vendor(request.match_info["vendor"]), *(await _object(request))["models"])
        return web.json_response({})

    async def list_requests(self, _: web.Request) -> web.Response:
        return web.json_response([exchange.to_json() for exchange in self._control.requests])

    async def forget_requests(self, _: web.Request) -> web.Response:
        self._control.requests.clear()
        return web.json_response({})


async def _object(request: web.Request) -> dict[str, Any]:
    body = json.loads(await request.read())
    if not isinstance(body, dict):
        raise TypeError("send a JSON object")
    return body
