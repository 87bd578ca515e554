"""Takes what was posted as an interaction, if Discord posted it, and hands it on."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING, Any

from botpod.interactions.signature import VerifyKey, fresh
from botpod.interactions.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)

LINGER_SECONDS = 5.0
"""How long a stopping process still takes interactions: until whoever sends them has heard that it stops."""
_PING = 1


class Intake:
    """``clock`` gives seconds since the epoch; ``observer`` hears what became of each request."""

    def __init__(
        self,
        *,
        clock: Callable[[], float],
        observer: Callable[[str], None],
        linger: float = LINGER_SECONDS,
    ) -> None:
        self._clock = clock
        self._observer = observer
        self._linger = linger
        self._key: VerifyKey | None = None
        self._hand_on: Callable[[Any], None] | None = None
        self._warned_at = 0.0
        self.stopping = False
        """Whoever asks now should ask another process next time."""

    def open(self, key: str, hand_on: Callable[[Any], None]) -> None:
        """Take from now on what is signed with ``key``; ``hand_on`` must neither wait nor fail.

        Raises ValueError for what is no key.
        """
        self._key, self._hand_on = VerifyKey(key), hand_on

    async def close(self) -> None:
        """Take no more once those who send had the time to learn of it."""
        if self._key is not None:
            self.stopping = True
            await asyncio.sleep(self._linger)
        self._key = None

    def take(self, body: bytes, *, signature: str, timestamp: str) -> Verdict:
        """Judge one request by its raw ``body`` and the two headers; hand it on if it is an interaction."""
        verdict = self._judge(body, signature=signature, timestamp=timestamp)
        self._observer(verdict.value)
        return verdict

    def _judge(self, body: bytes, *, signature: str, timestamp: str) -> Verdict:
        if self._key is None or self._hand_on is None:
            return Verdict.CLOSED
        if not self._key.signed(body, signature=signature, timestamp=timestamp):
            return Verdict.UNSIGNED
        now = self._clock()
        if not fresh(timestamp, now=now):
            self._warn(now - int(timestamp), now)
            return Verdict.STALE
        data = _read(body)
        if data is None:
            return Verdict.UNREADABLE
        if data["type"] == _PING:
            return Verdict.PING
        self._hand_on(data)
        return Verdict.TAKEN

    def _warn(self, age: float, now: float) -> None:
        # Anyone may send an old one again as often as he likes: a line a minute is enough.
        if now - self._warned_at >= 60:  # noqa: PLR2004
            self._warned_at = now
            log.warning(
                "An interaction that Discord signed %.0f s from now is refused: somebody sent it again, or"
                " this machine's clock is wrong.",
                age,
            )


def _read(body: bytes) -> dict[str, Any] | None:
    try:
        data = json.loads(body)
    except ValueError:
        return None
    return data if isinstance(data, dict) and isinstance(data.get("type"), int) else None
