"""Posts events through events.k8s.io; one that can't be posted is logged and let go."""

from __future__ import annotations

import logging
import uuid
from typing import TYPE_CHECKING

from botpod_operator.api import API_VERSION
from botpod_operator.errors import OperatorError
from botpod_operator.identity import MANAGER
from botpod_operator.kube.resources import EVENT

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from botpod_operator.identity import Identity
    from botpod_operator.kube.client import Kube
    from botpod_operator.reporting.notes import Note

NOTE_MOST = 1024
"""Characters the API takes."""

logger = logging.getLogger(__name__)


class Announcer:
    """Tells people what happened to their bot."""

    def __init__(self, *, kube: Kube, instance: str, now: Callable[[], dt.datetime]) -> None:
        self._kube = kube
        self._instance = instance
        self._now = now

    async def post(self, identity: Identity, note: Note) -> None:
        """Post one event on the BotInstance."""
        event = {
            "apiVersion": EVENT.api_version,
            "kind": EVENT.kind,
            "metadata": {
                "name": f"{identity.name}.{uuid.uuid4().hex[:16]}",
                "namespace": identity.namespace,
            },
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
        try:
            await self._kube.create(EVENT, event)
        except OperatorError as error:
            logger.warning("event not posted", extra={"reason": note.reason, "error": str(error)})
