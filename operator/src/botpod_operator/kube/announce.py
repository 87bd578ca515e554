"""Posts events through events.k8s.io, each once, however often it is tried."""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING

from botpod_operator.api import API_VERSION
from botpod_operator.digests import digest
from botpod_operator.errors import Conflict, OperatorError, Transient
from botpod_operator.identity import MANAGER
from botpod_operator.kube.resources import EVENT

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable
    from typing import Any

    from botpod_operator.identity import Identity
    from botpod_operator.kube.client import Kube
    from botpod_operator.reporting.notes import Note
    from botpod_operator.watch.queue import Queue

NOTE_MOST = 1024
"""Characters the API takes."""
TRIES = 8
"""About a minute and a half; then the event is of the past, and is logged and let go."""
WAITING_MOST = 1000
"""Events kept while the API server takes none."""

logger = logging.getLogger(__name__)


class Announcer:
    """Tells people what happened to their bot.

    An event's name follows from what it tells of, so that one whose answer was lost is known when it is tried
    again, by this process or the next. What can't be posted at once waits in ``queue``: no look does.
    """

    def __init__(
        self, *, kube: Kube, instance: str, now: Callable[[], dt.datetime], queue: Queue[str]
    ) -> None:
        self._kube = kube
        self._instance = instance
        self._now = now
        self._queue = queue
        self._waiting: dict[str, dict[str, Any]] = {}
        self._tries: Counter[str] = Counter()

    async def post(self, identity: Identity, note: Note, since: str) -> None:
        """Post one event on the BotInstance; ``since`` is a digest of how things were before it."""
        event = self._event(identity, note, since)
        name: str = event["metadata"]["name"]
        try:
            await self._send(event)
        except Transient as error:
            if len(self._waiting) >= WAITING_MOST:
                _let_go(event, error)
                return
            self._waiting[name] = event
            self._queue.retry(name, at_least=error.retry_after or 0.0)

    async def send_waiting(self, name: str) -> None:
        """Try once more to post an event that waits.

        Raises:
            Transient: it is to be tried again later.
        """
        event = self._waiting.get(name)
        if event is None:
            return
        self._tries[name] += 1
        try:
            await self._send(event)
        except Transient as error:
            if self._tries[name] < TRIES:
                raise
            _let_go(event, error)
        del self._waiting[name], self._tries[name]

    async def _send(self, event: dict[str, Any]) -> None:
        try:
            await self._kube.create(EVENT, event)
        except Transient:
            raise
        except Conflict:
            # Of this name it can only be the same one: an earlier try reached the API server.
            return
        except OperatorError as error:
            _let_go(event, error)

    def _event(self, identity: Identity, note: Note, since: str) -> dict[str, Any]:
        told = digest([identity.uid, note.kind, note.reason, note.message, since])
        return {
            "apiVersion": EVENT.api_version,
            "kind": EVENT.kind,
            "metadata": {"name": f"{identity.name}.{told}", "namespace": identity.namespace},
            "eventTime": self._now().isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "type": note.kind,
            "reason": note.reason,
            "action": note.action,
            "note": note.message[:NOTE_MOST],
            "reportingController": f"botpod.dev/{MANAGER}",
            "reportingInstance": self._instance,
            "regarding": {
                "apiVersion": API_VERSION,
                "kind": "BotInstance",
                "name": identity.name,
                "namespace": identity.namespace,
                "uid": identity.uid,
            },
        }


def _let_go(event: dict[str, Any], error: OperatorError) -> None:
    logger.warning("event not posted", extra={"reason": event["reason"], "error": str(error)})
