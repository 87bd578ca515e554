"""A web application at a port, within bounds."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, cast

from aiohttp import web

from botpod_credentials.listening.accepting import accept, listening
from botpod_credentials.listening.bodies import Bodies
from botpod_credentials.listening.bounds import KIB, Bounds
from botpod_credentials.listening.connection import Connection
from botpod_credentials.listening.places import Places

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

log = logging.getLogger(__name__)

READ_BYTES = 4 * KIB
"""aiohttp stops reading a body at twice as much that nobody has taken."""
BODIES = web.AppKey("bodies", Bodies)
_BODILESS = frozenset({"GET", "HEAD"})


async def body_of(request: web.Request, *, most: int) -> bytes:
    """Return the body of a request to an application that listens by a :class:`Listener`.

    Raises:
        HTTPException: It is larger than ``most`` bytes, too late, or ends before its time.
    """
    return await request.app[BODIES].read(request, most=most)


class Listener:
    """Serves ``application``, which is its own from here on.

    A page whose body isn't read by :func:`body_of` has none: what is sent to it is refused.
    """

    def __init__(
        self, application: web.Application, *, bounds: Bounds | None = None, shutdown_seconds: float = 2.0
    ) -> None:
        self._bounds = bounds or Bounds()
        self.places = Places(self._bounds)
        application[BODIES] = Bodies(most_bytes=self._bounds.body_bytes, seconds=self._bounds.body_seconds)
        application.middlewares.insert(0, self._watch)
        self._runner = web.AppRunner(
            application,
            access_log=None,
            logger=_unheard(),
            shutdown_timeout=shutdown_seconds,
            keepalive_timeout=self._bounds.idle_seconds,
            lingering_time=self._bounds.closing_seconds,
            read_bufsize=READ_BYTES,
            # A signature is over what was sent; and a little that is compressed can be a lot.
            auto_decompress=False,
        )
        self._accepting: list[asyncio.Task[None]] = []

    async def start(self, host: str | None, port: int) -> int:
        """Listen at ``host``, None for all addresses; return the port. Raises OSError where it can't."""
        await self._runner.setup()
        sockets = await listening(host, port)
        make = cast("web.Server", self._runner.server)

        def connection() -> Connection:
            return Connection(make, places=self.places, bounds=self._bounds)

        self._accepting = [asyncio.create_task(accept(one, connection), name="accept") for one in sockets]
        return int(sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop listening, after a moment for those who are being answered."""
        for accepting in self._accepting:
            accepting.cancel()
        await asyncio.gather(*self._accepting, return_exceptions=True)
        await self._runner.cleanup()

    @web.middleware
    async def _watch(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        connection = self.places.of(request.protocol)
        if connection is None:  # it was closed meanwhile: nobody reads this
            return _refused(503, "Too many connections.")
        connection.serve(request.content if request.body_exists else None)
        try:
            if request.body_exists and request.method in _BODILESS:
                return _refused(413, "This page takes no body.")
            return await handler(request)
        except web.HTTPException as refusal:
            answer = _answer_of(refusal)
            if request.body_exists:
                answer.force_close()
            return answer
        except Exception:
            resource = request.match_info.route.resource
            log.exception("The page %s failed.", resource and resource.canonical)
            return _refused(500, "It failed; the log says why.")
        finally:
            connection.answered()


def _unheard() -> logging.Logger:
    """Return where aiohttp tells of what isn't HTTP: its sender's mistake, of which anybody can make many."""
    logger = logging.getLogger(f"{__name__}.peers")
    logger.disabled = True
    return logger


def _answer_of(refusal: web.HTTPException) -> web.Response:
    """Return what a refusal says without the frames that it came through.

    aiohttp keeps it with the request: a circle that only the collector would end, 10 KiB for each peer.
    """
    refusal.__traceback__ = None
    return web.Response(
        status=refusal.status, reason=refusal.reason, headers=refusal.headers, body=refusal.body
    )


def _refused(status: int, problem: str) -> web.Response:
    response = web.json_response({"error": problem}, status=status)
    response.force_close()
    return response
