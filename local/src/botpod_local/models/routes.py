"""The vendors' addresses, all on one listener, as each vendor's own clients expect them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from botpod_local.models import endpoints
from botpod_local.models.conversation import Vendor

if TYPE_CHECKING:
    from botpod_local.models.handlers import Handler, Handlers

LARGEST_REQUEST = 32 * 1024 * 1024
"""Bytes; what Anthropic takes at most."""


def vendor_application(handlers: Handlers) -> web.Application:
    """Return the application that speaks for the three vendors."""
    app = web.Application(client_max_size=LARGEST_REQUEST)
    route = app.router.add_route
    route("GET", "/health", _health)

    openai_models, anthropic_models = handlers.models(Vendor.OPENAI), handlers.models(Vendor.ANTHROPIC)
    for path in ("/v1/models", "/v1/models/{model}"):
        route("GET", path, _by_header(openai_models, anthropic_models))
    route("POST", "/v1/chat/completions", handlers.generate(endpoints.OPENAI_CHAT))
    route("POST", "/v1/responses", handlers.generate(endpoints.OPENAI_RESPONSES))
    route("POST", "/v1/embeddings", handlers.embed(Vendor.OPENAI))

    deployment = "/openai/deployments/{deployment}"
    for prefix in (deployment, "/openai/v1"):
        route("POST", f"{prefix}/chat/completions", handlers.generate(endpoints.AZURE_CHAT))
        route("POST", f"{prefix}/embeddings", handlers.embed(Vendor.AZURE))
    for path in ("/openai/responses", "/openai/v1/responses"):
        route("POST", path, handlers.generate(endpoints.AZURE_RESPONSES))
    for path in ("/openai/models", "/openai/v1/models"):
        route("GET", path, handlers.models(Vendor.AZURE))
        route("GET", f"{path}/{{model}}", handlers.models(Vendor.AZURE))

    route("POST", "/v1/messages", handlers.generate(endpoints.ANTHROPIC))
    route("POST", "/v1/messages/count_tokens", handlers.count_tokens())

    route("*", "/openai/{rest:.*}", handlers.nothing(Vendor.AZURE))
    route("*", "/{rest:.*}", _by_header(handlers.nothing(Vendor.OPENAI), handlers.nothing(Vendor.ANTHROPIC)))
    return app


def _by_header(openai: Handler, anthropic: Handler) -> Handler:
    # Both vendors have /v1/models; only Anthropic's clients send these headers.
    async def handle(request: web.Request) -> web.StreamResponse:
        theirs = "anthropic-version" in request.headers or "x-api-key" in request.headers
        return await (anthropic if theirs else openai)(request)

    return handle


async def _health(_: web.Request) -> web.Response:
    return web.json_response({"status": "ok", "what": "Botpod's stand-in for model vendors"})
