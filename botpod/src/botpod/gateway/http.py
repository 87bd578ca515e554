"""nextcord's two ways to Discord's REST interface, both led through our own transport."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, override
from urllib.parse import quote

import aiohttp
from nextcord import utils
from nextcord.gateway import DiscordClientWebSocketResponse
from nextcord.http import HTTPClient, Route
from nextcord.webhook.async_ import AsyncWebhookAdapter

from botpod.gateway.limits.retries import repeatable
from botpod.gateway.limits.targets import target
from botpod.gateway.limits.transport import Call

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nextcord.file import File

    from botpod.gateway.limits.transport import Transport

CLOSE_SECONDS = 2.0
"""How long a closing websocket waits for the other side."""
KEEP_ALIVE_SECONDS = 60.0
"""How long a connection that nobody uses is kept: people write less often than every 15 s, aiohttp's own."""
MAX_PAYLOAD = 16 * 2**20
"""Bytes of one event; the largest guilds' have 3 MiB."""
_REASON = "X-Audit-Log-Reason"


class DiscordHTTP(HTTPClient):
    """What differs: who sends, enforced nonces, connections kept for longer, bounded closing."""

    def __init__(self, transport: Transport, **settings: Any) -> None:
        super().__init__(**settings)
        self._transport = transport

    @property
    def session(self) -> aiohttp.ClientSession:
        """The connections, for calls that nextcord makes through its webhook adapter."""
        session: aiohttp.ClientSession = self._HTTPClient__session
        return session

    @override
    async def recreate(self) -> None:
        if not self.session or self.session.closed:
            self._HTTPClient__session = aiohttp.ClientSession(
                connector=self._connector or aiohttp.TCPConnector(keepalive_timeout=KEEP_ALIVE_SECONDS),
                ws_response_class=DiscordClientWebSocketResponse,
            )

    @override
    async def close(self) -> None:
        self._transport.close()
        await super().close()

    @override
    async def request(
        self,
        route: Route,
        *,
        files: Sequence[File] | None = None,
        form: Sequence[Mapping[str, Any]] | None = None,  # type: ignore[override] # it is given lists
        auth: str | None = utils.MISSING,
        retry_request: bool = True,
        **kwargs: Any,
    ) -> Any:
        await self.recreate()
        headers = self._make_headers(kwargs.pop("headers", {}), auth=auth)
        if reason := kwargs.pop("reason", None):
            headers[_REASON] = quote(reason, safe="/ ")
        call = _call(
            route,
            headers,
            payload=kwargs.get("json"),
            form=form,
            files=files,
            patient=retry_request,
            arguments={**kwargs, "proxy": self._proxy, "proxy_auth": self._proxy_auth},
        )
        return await self._transport.send(self.session, call)

    @override
    async def ws_connect(self, url: str, *, compress: int = 0) -> Any:
        return await self.session.ws_connect(
            url,
            max_msg_size=MAX_PAYLOAD,
            timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_SECONDS),
            autoclose=False,
            headers={"User-Agent": self._user_agent},
            compress=compress,
        )

    @override
    def get_message_payload(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        payload: dict[str, Any] = super().get_message_payload(*args, **kwargs)
        if "nonce" in payload:
            payload["enforce_nonce"] = True
        return payload


class WebhookAdapter(AsyncWebhookAdapter):
    """Carries calls that need no bot token: to interactions, and to webhooks by their own."""

    def __init__(self, transport: Transport, *, user_agent: str) -> None:
        super().__init__()
        self._transport = transport
        self._user_agent = user_agent

    @override
    async def request(
        self,
        route: Route,
        session: aiohttp.ClientSession,
        *,
        payload: dict[str, Any] | None = None,
        multipart: list[dict[str, Any]] | None = None,
        files: list[File] | None = None,
        reason: str | None = None,
        auth_token: str | None = None,
        params: dict[str, Any] | None = None,
    ) -> Any:
        headers = {"User-Agent": self._user_agent}
        if auth_token is not None:
            headers["Authorization"] = f"Bot {auth_token}"
        if reason is not None:
            headers[_REASON] = quote(reason, safe="/ ")
        arguments: dict[str, Any] = {"params": params}
        if payload is not None:
            headers["Content-Type"] = "application/json"
            arguments["data"] = utils.to_json(payload)
        call = _call(route, headers, payload=payload, form=multipart, files=files, arguments=arguments)
        # Nothing is None here, where the other client gives "".
        return await self._transport.send(session, call) or None


def _call(
    route: Route,
    headers: dict[str, str],
    *,
    payload: object,
    form: Sequence[Mapping[str, Any]] | None,
    files: Sequence[File] | None,
    arguments: dict[str, Any],
    patient: bool = True,
) -> Call:
    path = route.url.removeprefix(Route.BASE)
    return Call(
        method=route.method,
        url=route.url,
        target=target(route.method, path, authorised="Authorization" in headers),
        headers=headers,
        repeatable=repeatable(route.method, path, payload, form),
        body=partial(_body, arguments, form, files),
        patient=patient,
        long=bool(files or form),
    )


def _body(
    arguments: dict[str, Any], form: Sequence[Mapping[str, Any]] | None, files: Sequence[File] | None
) -> dict[str, Any]:
    """Return aiohttp's arguments for one attempt: a form is sent once, and leaves its files at their end."""
    for file in files or ():
        file.reset()
    if not form:
        return arguments
    data = aiohttp.FormData(quote_fields=False)
    for field in form:
        data.add_field(**field)
    return {**arguments, "data": data}
