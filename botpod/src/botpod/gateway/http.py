"""nextcord's REST client, with what Discord needs and nextcord lacks."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any, override

import aiohttp
from nextcord.gateway import DiscordClientWebSocketResponse
from nextcord.http import HTTPClient

if TYPE_CHECKING:
    from collections.abc import Mapping

    from multidict import CIMultiDictProxy

LONGEST_RATE_LIMIT = 20.0
"""Seconds a 429 may ask us to wait before the call fails instead."""
CLOSE_SECONDS = 2.0
"""How long a closing websocket waits for the other side."""
_BUCKET = "X-RateLimit-Bucket"
_TOP_LEVEL = re.compile(r"/(?:channels|guilds)/\d+|/webhooks/\d+/[^/]+")
_TOO_MANY, _UNAVAILABLE = 429, 503


class _Response(aiohttp.ClientResponse):
    """A response whose rate limit bucket is told apart by the top-level resource it counts for.

    Discord's bucket names leave the channel, guild or webhook out, though each has a limit of its own;
    nextcord keys its limiters by that name alone and so would make all channels share one.
    """

    _told_apart: CIMultiDictProxy[str] | None = None

    @property
    def headers(self) -> CIMultiDictProxy[str]:
        if self._told_apart is None:
            headers = self._headers.copy()
            resource = _TOP_LEVEL.search(self.url.path)
            if _BUCKET in headers and resource is not None:
                headers[_BUCKET] += resource[0]
            self._told_apart = type(self._headers)(headers)
        return self._told_apart


def retry_after(headers: Mapping[str, str], body: object) -> float | None:
    """Return the seconds a 429 asks to wait, or None when it isn't one of Discord's own."""
    asked = body.get("retry_after") if isinstance(body, dict) else headers.get("Retry-After")
    try:
        return float(asked) if asked is not None else None
    except (TypeError, ValueError):
        return None


class DiscordHTTP(HTTPClient):
    """What differs: enforced nonces, buckets by resource, waits that 429 and 503 ask for, bounded closing."""

    @property
    def session(self) -> aiohttp.ClientSession:
        """The connections, for calls that nextcord makes through its webhook adapter."""
        session: aiohttp.ClientSession = self._HTTPClient__session
        return session

    @override
    async def recreate(self) -> None:
        if not self.session or self.session.closed:
            self._HTTPClient__session = aiohttp.ClientSession(
                connector=self._connector,
                response_class=_Response,
                ws_response_class=DiscordClientWebSocketResponse,
            )
            await self._start_ratelimit_shedding_loop()

    @override
    async def close(self) -> None:
        for limit in (
            *self._url_rate_limits.values(),
            *self._buckets.values(),
            *self._global_rate_limits.values(),
        ):
            if limit._reset_remaining_task is not None:  # noqa: SLF001 - nextcord leaves them running
                limit._reset_remaining_task.cancel()  # noqa: SLF001
        await super().close()

    @override
    async def ws_connect(self, url: str, *, compress: int = 0) -> Any:
        return await self.session.ws_connect(
            url,
            max_msg_size=0,
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

    @override
    async def _handle_http_response_errors(  # type: ignore[override]
        self,
        *,
        response: aiohttp.ClientResponse,
        return_value: Any,
        rate_limit_path: tuple[str, str, str | None],
        retry_request: bool,
        retry_count: int,
        **rest: Any,
    ) -> bool:
        # nextcord takes a 429 without a Via header for a ban and does not try again after a 503.
        if retry_request and response.status == _TOO_MANY:
            asked = retry_after(response.headers, return_value)
            if asked is not None and asked <= LONGEST_RATE_LIMIT:
                await asyncio.sleep(asked)
                return True
        # Whoever reads tries again by himself, and says meanwhile what is wrong.
        retry_request = retry_request and rate_limit_path[0] != "GET"
        if retry_request and response.status == _UNAVAILABLE:
            await asyncio.sleep(1 + retry_count * 2)
            return True
        handled: bool = await super()._handle_http_response_errors(
            response=response,
            return_value=return_value,
            rate_limit_path=rate_limit_path,
            retry_request=retry_request,
            retry_count=retry_count,
            **rest,
        )
        return handled
