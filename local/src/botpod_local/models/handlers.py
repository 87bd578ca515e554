"""Answers requests: who asks, what is asked, what goes wrong, what is said, and a record of it all."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from aiohttp import web

from botpod_local.models import anthropic_messages, catalogue, embeddings
from botpod_local.models.conversation import Ask, BadAsk, Turn, Vendor
from botpod_local.models.delivery import Cut, Pace, stream
from botpod_local.models.exchange import Exchange
from botpod_local.models.fields import allow
from botpod_local.models.frames import Json, Stamp
from botpod_local.models.refusals import BAD_REQUEST, NOT_FOUND, SERVER_ERROR, Refusal, refuse, wrong_key

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from botpod_local.models.control import Control
    from botpod_local.models.endpoints import Format
    from botpod_local.models.replies import Reply

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
type Answering = Callable[[web.Request, Exchange], Awaitable[web.StreamResponse]]

KEPT_RESPONSES = 1_000
"""How many answers of the Responses API can be referred to; the oldest go first."""


class Refused(Exception):
    """The request is answered with a vendor's refusal."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.status)
        self.refusal = refusal


class Handlers:
    """Makes the handlers of one server. ``first`` and ``between`` are its own pace, in seconds."""

    def __init__(self, control: Control, *, clock: Callable[[], float], first: float, between: float) -> None:
        self._control = control
        self._clock = clock
        self._first = first
        self._between = between
        self._numbers = itertools.count(1)
        self._kept: OrderedDict[str, tuple[Turn, ...]] = OrderedDict()

    def generate(self, form: Format) -> Handler:
        """Return the handler for asking a model something."""

        async def answering(request: web.Request, exchange: Exchange) -> web.StreamResponse:
            body = await self._body(request, exchange)
            ask = form.read(body, request.match_info.get("deployment"), self._before(body))
            exchange.ask = ask
            return await self._answer(request, exchange, form, ask)

        return self._guarded(form.vendor, answering)

    def embed(self, vendor: Vendor) -> Handler:
        """Return the handler for embeddings."""

        async def answering(request: web.Request, exchange: Exchange) -> web.StreamResponse:
            body = await self._body(request, exchange)
            deployment = request.match_info.get("deployment")
            self._offered(vendor, deployment or str(body.get("model")))
            self._troubled(vendor, deployment or str(body.get("model")))
            return _json(exchange, embeddings.answer(body, model=deployment))

        return self._guarded(vendor, answering)

    def count_tokens(self) -> Handler:
        """Return the handler for Anthropic's token count."""

        async def answering(request: web.Request, exchange: Exchange) -> web.StreamResponse:
            return _json(exchange, anthropic_messages.count(await self._body(request, exchange)))

        return self._guarded(Vendor.ANTHROPIC, answering)

    def models(self, vendor: Vendor) -> Handler:
        """Return the handler for the list of models, and for one of them."""

        async def answering(request: web.Request, exchange: Exchange) -> web.StreamResponse:
            name = request.match_info.get("model")
            self._troubled(vendor, name or "")
            if name is None:
                offered = self._control.offered(vendor)
                return _json(exchange, catalogue.listing(vendor, offered or catalogue.SHOWN[vendor]))
            self._offered(vendor, name)
            return _json(exchange, catalogue.entry(vendor, name))

        return self._guarded(vendor, answering)

    def nothing(self, vendor: Vendor) -> Handler:
        """Return the handler for an address that the vendor doesn't have."""

        async def answering(request: web.Request, _: Exchange) -> web.StreamResponse:
            raise Refused(refuse(vendor, NOT_FOUND, f"Unknown request URL: {request.method} {request.path}."))

        return self._guarded(vendor, answering)

    def _guarded(self, vendor: Vendor, answering: Answering) -> Handler:
        """Check key and version, turn refusals into answers, and keep the record whatever happens."""

        async def handle(request: web.Request) -> web.StreamResponse:
            exchange = _begin(vendor, request)
            try:
                if not self._control.accepts(vendor, exchange.key):
                    raise Refused(wrong_key(vendor, exchange.key))  # noqa: TRY301 - one way out
                _check_version(vendor, request)
                return await answering(request, exchange)
            except BadAsk as bad:
                return _refused(exchange, refuse(vendor, BAD_REQUEST, str(bad), param=bad.param))
            except Refused as refused:
                return _refused(exchange, refused.refusal)
            except (Cut, ConnectionError, asyncio.CancelledError) as error:
                exchange.cut = True
                if request.transport is not None:
                    request.transport.abort()
                if isinstance(error, asyncio.CancelledError):
                    raise
                return web.Response()
            finally:
                await self._control.record(exchange)

        return handle

    async def _body(self, request: web.Request, exchange: Exchange) -> dict[str, Any]:
        try:
            body = json.loads(await request.read())
        except ValueError as error:
            raise BadAsk("We could not parse the JSON body of your request.") from error
        if not isinstance(body, dict):
            raise BadAsk("The JSON body of your request is not an object.")
        exchange.body = body
        return body

    def _before(self, body: Mapping[str, Any]) -> tuple[Turn, ...]:
        previous = allow(body, "previous_response_id", str)
        if previous is None:
            return ()
        if previous not in self._kept:
            raise BadAsk(f"Previous response with id '{previous}' not found.", param="previous_response_id")
        return self._kept[previous]

    def _keep(self, answer: Json, ask: Ask, reply: Reply) -> None:
        self._kept[answer["id"]] = (*ask.turns, Turn("assistant", reply.text))
        while len(self._kept) > KEPT_RESPONSES:
            self._kept.popitem(last=False)

    def _offered(self, vendor: Vendor, model: str) -> None:
        offered = self._control.offered(vendor)
        if offered is None or model in offered:
            return
        if vendor is Vendor.AZURE:
            said = "The API deployment for this resource does not exist."
            raise Refused(refuse(vendor, NOT_FOUND, said, code="DeploymentNotFound"))
        said = f"model: {model}" if vendor is Vendor.ANTHROPIC else f"The model `{model}` does not exist."
        raise Refused(refuse(vendor, NOT_FOUND, said, code="model_not_found"))

    def _troubled(self, vendor: Vendor, model: str) -> Any:
        trouble = self._control.take_trouble(vendor, model)
        if trouble.status is not None:
            raise Refused(refuse(vendor, trouble.status, retry_after=trouble.retry_after))
        return trouble

    async def _answer(
        self, request: web.Request, exchange: Exchange, form: Format, ask: Ask
    ) -> web.StreamResponse:
        self._offered(form.vendor, ask.model)
        trouble = self._troubled(form.vendor, ask.model)
        reply = self._control.reply(ask)
        stamp = Stamp(next(self._numbers), int(self._clock()))
        first, between = self._first + reply.first_token, self._between + reply.between_tokens
        pace = Pace(trouble, first=first, between=between, healing=self._control)
        whole = form.answer(ask, reply, stamp)
        if whole.get("object") == "response":
            self._keep(whole, ask, reply)
        if ask.stream:
            broken = form.broken(
                refuse(form.vendor, SERVER_ERROR, "The stand-in was told to break off.").body
            )
            frames = form.frames(ask, reply, stamp)
            return await stream(request, frames, pace=pace, broken=broken, exchange=exchange)
        if await pace.before_piece():
            raise Refused(refuse(form.vendor, SERVER_ERROR))
        return _json(exchange, whole)


def _begin(vendor: Vendor, request: web.Request) -> Exchange:
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    own = {Vendor.AZURE: "api-key", Vendor.ANTHROPIC: "x-api-key"}.get(vendor)
    return Exchange(
        vendor=vendor,
        method=request.method,
        path=request.path,
        query=dict(request.query),
        headers=dict(request.headers),
        key=(request.headers.get(own, "") if own else "") or bearer,
    )


def _check_version(vendor: Vendor, request: web.Request) -> None:
    if vendor is Vendor.ANTHROPIC and "anthropic-version" not in request.headers:
        raise BadAsk("anthropic-version: header is required")
    dated = vendor is Vendor.AZURE and not request.path.startswith("/openai/v1/")
    if dated and "api-version" not in request.query:
        raise Refused(refuse(vendor, NOT_FOUND, "Resource not found"))


def _json(
    exchange: Exchange, body: Json, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    exchange.status, exchange.answer = status, body
    response = web.json_response(body, status=status, headers=headers)
    exchange.answer_headers = dict(response.headers)
    return response


def _refused(exchange: Exchange, refusal: Refusal) -> web.Response:
    return _json(exchange, refusal.body, status=refusal.status, headers=refusal.headers)
