"""``POST /interactions``: where Discord sends what people do with the bot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from botpod.interactions.verdict import Verdict
from botpod_credentials.listening.listener import body_of

if TYPE_CHECKING:
    from botpod.interactions.intake import Intake

PATH = "/interactions"
LARGEST = 1024 * 1024
"""Bytes; an interaction carries what it speaks of: a message with its embeds at most."""
_PONG = {"type": 1}
_REFUSALS = {
    Verdict.UNSIGNED: (401, "Unauthorized"),
    Verdict.STALE: (401, "Unauthorized"),
    Verdict.UNREADABLE: (400, "This is no interaction."),
    Verdict.CLOSED: (503, "The bot is starting or stopping."),
}


class InteractionsPage:
    """Answers a PING at once and takes the rest (202); their answers go to Discord by themselves.

    ``paths`` are where: one for an address of the bot's own, one, with ``bot`` (``namespace/name``), for an
    address that many bots share.
    """

    def __init__(self, intake: Intake, *, bot: str) -> None:
        self._intake = intake
        self.paths = (PATH, f"/{bot}{PATH}")

    async def post(self, request: web.Request) -> web.Response:
        """Serve one request."""
        verdict = self._intake.take(
            await body_of(request, most=LARGEST),
            signature=request.headers.get("X-Signature-Ed25519", ""),
            timestamp=request.headers.get("X-Signature-Timestamp", ""),
        )
        answer = _answer(verdict)
        if self._intake.stopping:
            answer.force_close()
        return answer


def _answer(verdict: Verdict) -> web.Response:
    match verdict:
        case Verdict.TAKEN:
            return web.Response(status=202)
        case Verdict.PING:
            return web.json_response(_PONG)
        case _:
            status, problem = _REFUSALS[verdict]
            return web.json_response({"error": problem}, status=status)
