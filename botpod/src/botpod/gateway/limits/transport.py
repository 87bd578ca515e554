"""The one place that sends requests to Discord, for nextcord's HTTP client and its webhook adapter alike."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp
from nextcord.errors import DiscordServerError, Forbidden, HTTPException, NotFound, Unauthorized
from nextcord.utils import from_json

from botpod.errors import Transient
from botpod.gateway.limits import retries
from botpod.gateway.limits.answers import Scope, counts_as_invalid, reading, refusal
from botpod.gateway.limits.deadline import deadline

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod.gateway.limits.answers import Refusal
    from botpod.gateway.limits.guard import InvalidRequests
    from botpod.gateway.limits.limiter import Limiter
    from botpod.gateway.limits.observer import RestObserver
    from botpod.gateway.limits.targets import Target

log = logging.getLogger(__name__)

ATTEMPT_SECONDS = 15.0
"""How long one answer may take."""
CONNECT_SECONDS = 5.0
MAX_BODY = 8 * 2**20
"""Bytes of one answer; a hundred messages, as long as messages get, have 3 MiB."""
MOST_REFUSALS = 5
"""So many 429s, each waited out, show that waiting doesn't help."""
_AT_ONCE = 0.25
"""Seconds that even a call without patience waits, for a place that is free."""
_MARGIN = 0.1
"""Seconds before a caller's deadline at which an attempt ends, so that what became of it can be told."""
_OK, _NO_MORE_OK, _TOO_MANY, _SERVER = 200, 300, 429, 500
_NOT_FOUND = 404
_ERRORS = {401: Unauthorized, 403: Forbidden, _NOT_FOUND: NotFound}
_BEFORE_SENDING = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
_CONNECTION = (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, OSError, TimeoutError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request; ``body`` gives aiohttp's arguments for it anew for each attempt, files rewound.

    ``repeatable``: see :func:`botpod.gateway.limits.retries.repeatable`. ``patient``: it waits and is
    repeated; else what is in its way is said at once. ``long``: it carries files.
    """

    method: str
    url: str
    target: Target
    headers: dict[str, str]
    repeatable: bool
    body: Callable[[], dict[str, Any]] = dict
    patient: bool = True
    long: bool = False


@dataclass(slots=True)
class _Course:
    """What has happened to one call so far."""

    deadline: float
    failures: int = 0
    refusals: int = 0
    uncertain: bool = field(default=False)
    """An attempt may have been carried out though no answer said so."""


class Transport:
    """Waits for the limits, sends, waits out what passes and repeats what is safe to repeat."""

    def __init__(
        self,
        limiter: Limiter,
        *,
        guard: InvalidRequests,
        observer: RestObserver,
        random: Callable[[], float],
        clock: Callable[[], float],
    ) -> None:
        self._limiter = limiter
        self._guard = guard
        self._observer = observer
        self._random = random
        self._clock = clock

    @property
    def crowded(self) -> bool:
        """Whether requests wait for Discord's global limit now, and not just for a moment."""
        return self._limiter.crowded

    async def send(self, session: aiohttp.ClientSession, call: Call) -> Any:
        """Return the answer's JSON, or its text.

        Raises :class:`botpod.errors.Transient` when it can't be sent in time,
        :class:`botpod.gateway.limits.retries.Unconfirmed` when it may have been carried out and must not be
        repeated, else what nextcord and aiohttp raise.
        """
        course = _Course((deadline() if call.patient else self._clock() + ATTEMPT_SECONDS) - _MARGIN)
        latest = course.deadline if call.patient else self._clock() + _AT_ONCE
        while True:
            await self._guard.check(call.target)
            again = course.failures + course.refusals > 0
            async with self._limiter.turn(call.target, deadline=latest, first=again) as turn:
                try:
                    response, body = await self._attempt(session, call, course)
                except _CONNECTION as error:
                    failure: Exception = error
                else:
                    status = response.status
                    well = _OK <= status < _NO_MORE_OK
                    refused = refusal(response.headers, body) if status == _TOO_MANY else None
                    await turn.answered(reading(response.headers), well=well, refused=refused)
                    if well:
                        return body
                    if status == _NOT_FOUND and course.uncertain and call.method == "DELETE":
                        # It was there when we began: the attempt without an answer took it away.
                        return None
                    failure = _error(response, body)
            if isinstance(failure, HTTPException) and failure.status not in retries.PASSING:
                await self._refused(call, failure, refused, course)
            else:
                await self._failed(call, failure, course)

    async def _attempt(
        self, session: aiohttp.ClientSession, call: Call, course: _Course
    ) -> tuple[aiohttp.ClientResponse, Any]:
        left = max(_MARGIN, course.deadline - self._clock())
        timeout = aiohttp.ClientTimeout(
            total=left if call.long else min(left, ATTEMPT_SECONDS), sock_connect=CONNECT_SECONDS
        )
        async with session.request(
            call.method,
            call.url,
            headers=call.headers,
            timeout=timeout,
            # Discord's API answers where it is asked; elsewhere nobody needs a token, or what is in a body.
            allow_redirects=False,
            **call.body(),
        ) as response:
            return response, await _body(response)

    async def _refused(
        self, call: Call, failure: HTTPException, found: Refusal | None, course: _Course
    ) -> None:
        """Let a 429 be waited out if that helps; raise what is final."""
        if counts_as_invalid(failure.status, None if found is None else found.scope):
            await self._guard.note()
        if found is None:
            if failure.status >= _SERVER and not call.repeatable and call.method == "POST":
                raise _unconfirmed(call, failure) from None
            raise failure
        self._observer.limited(found.scope.value)
        said = (call.target.route, found.scope.value, found.retry_after)
        log.warning("Discord answered 429 to %s, scope %s: wait %.3f s.", *said)
        course.refusals += 1
        if found.scope is Scope.EDGE:
            self._guard.banned(found.retry_after)
        else:
            await self._limiter.refused(call.target, found)
        late = self._clock() + found.retry_after > course.deadline
        if found.scope is Scope.EDGE or late or not call.patient or course.refusals >= MOST_REFUSALS:
            raise Transient(
                f"Discord answered 429 ({found.scope}) to {call.target.route}; it asks to wait"
                f" {found.retry_after:.1f} s.",
                retry_after=found.retry_after,
            )

    async def _failed(self, call: Call, failure: Exception, course: _Course) -> None:
        """Wait before the next attempt, or raise what the last one came to."""
        course.failures += 1
        reached = not isinstance(failure, _BEFORE_SENDING)
        course.uncertain |= reached
        wait = retries.delay(course.failures, random=self._random())
        repeat = retries.again(reached=reached, repeatable=call.repeatable, failures=course.failures)
        if repeat and call.patient and self._clock() + wait < course.deadline:
            why = str(failure.status) if isinstance(failure, HTTPException) else "connection"
            self._observer.repeated(why)
            await asyncio.sleep(wait)
            return
        if reached and not call.repeatable and call.method == "POST":
            raise _unconfirmed(call, failure) from None
        raise failure

    def close(self) -> None:
        """Let nothing be sent any more that waits for a limit."""
        self._limiter.close()


async def _body(response: aiohttp.ClientResponse) -> Any:
    """Return the answer's JSON, or its text; raises aiohttp's error where there is too much of it."""
    body = bytearray()
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > MAX_BODY:
            raise aiohttp.ClientPayloadError("an answer larger than any of Discord's")
    text = body.decode("utf-8", "replace")
    return from_json(text) if response.headers.get("content-type") == "application/json" else text


def _error(response: aiohttp.ClientResponse, body: Any) -> HTTPException:
    kind = DiscordServerError if response.status >= _SERVER else _ERRORS.get(response.status, HTTPException)
    return kind(response, body)


def _unconfirmed(call: Call, failure: Exception) -> retries.Unconfirmed:
    why = f"status {failure.status}" if isinstance(failure, HTTPException) else type(failure).__name__
    return retries.Unconfirmed(
        f"Whether Discord carried out {call.target.route} isn't known ({why}); again could be twice."
    )
