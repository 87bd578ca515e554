"""Logs as JSON, one event a line, with the bot and the reconcile's id in each."""

from __future__ import annotations

import contextlib
import contextvars
import logging
import uuid
from typing import TYPE_CHECKING

from pythonjsonlogger.json import JsonFormatter

if TYPE_CHECKING:
    from collections.abc import Iterator

_correlation: contextvars.ContextVar[dict[str, str] | None] = contextvars.ContextVar(
    "botpod_correlation", default=None
)
QUIET = ("kopf", "aiohttp", "asyncio", "urllib3", "kubernetes")
"""Loggers of others: only their warnings."""


class _Correlated(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        for key, value in (_correlation.get() or {}).items():
            setattr(record, key, value)
        return True


@contextlib.contextmanager
def correlated(bot: str) -> Iterator[None]:
    """Put the bot and a fresh reconcile id into every line that is logged inside."""
    token = _correlation.set({"bot": bot, "reconcile": uuid.uuid4().hex[:12]})
    try:
        yield
    finally:
        _correlation.reset(token)


def set_up(level: str) -> None:
    """Send all logging to stderr as JSON."""
    handler = logging.StreamHandler()
    handler.setFormatter(
        JsonFormatter(
            "%(asctime)s %(levelname)s %(name)s %(message)s",
            rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
            datefmt="%Y-%m-%dT%H:%M:%S%z",
        )
    )
    handler.addFilter(_Correlated())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
