"""Logs as JSON, one event a line, with the bot and the reconcile's id in each."""

from __future__ import annotations

import contextlib
import contextvars
import logging
import re
import time
import uuid
from collections import OrderedDict
from typing import TYPE_CHECKING, override

from pythonjsonlogger.json import JsonFormatter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_correlation: contextvars.ContextVar[dict[str, str] | None] = contextvars.ContextVar(
    "botpod_correlation", default=None
)
AGAIN_SECONDS = 600.0
"""Until what kopf said is said again, where it is still so."""
MOST_SAID = 1024
_NUMBERS = re.compile(r"\d+")
QUIET = ("kopf", "aiohttp", "asyncio", "urllib3", "kubernetes")
"""Loggers of others: only their warnings."""


class Seldom(logging.Filter):
    """Lets what kopf says again and again through once in a while: a watch is tried every few seconds.

    A watched namespace that somebody deleted fails for as long as it is watched.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__()
        self._clock = clock
        self._said: OrderedDict[tuple[str, int, str], float] = OrderedDict()

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith("kopf"):
            return True
        what = (record.name, record.levelno, _NUMBERS.sub("", record.getMessage()))
        last = self._said.pop(what, None)
        passes = last is None or self._clock() - last >= AGAIN_SECONDS
        self._said[what] = self._clock() if passes or last is None else last
        if len(self._said) > MOST_SAID:
            self._said.popitem(last=False)
        return passes


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
    handler.addFilter(Seldom(time.monotonic))
    handler.addFilter(_Correlated())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
