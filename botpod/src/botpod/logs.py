"""Logs as JSON, one event a line, with the id of the Discord event they belong to and without secrets."""

from __future__ import annotations

import logging
import sys
import threading
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, TextIO

from pythonjsonlogger.json import JsonFormatter

from botpod.correlation import correlation_id
from botpod.redaction import Redactor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

    from botpod.config.schema import LoggingSection

_log = logging.getLogger("botpod")

QUIET = (
    "alembic",
    "aiosqlite",
    "anthropic",
    "asyncio",
    "httpcore2",
    "httpx2",
    "nextcord",
    "openai",
    "sqlalchemy",
)
"""Libraries that tell at INFO what only they care about; the configuration's levels go first."""
_SKILLS = "botpod.skills"
"""The group of entry points under which skills of others are installed."""


def may_tell_all(logger: str) -> bool:
    """Say whether a logger may go below INFO: the bot's own and its skills'.

    Below, libraries write what they send and are sent: tokens of interactions, headers, what people wrote.
    """
    root = logger.partition(".")[0]
    return root == "botpod" or root in _skill_packages()


@cache
def _skill_packages() -> frozenset[str]:
    return frozenset(one.module.partition(".")[0] for one in entry_points(group=_SKILLS))


def _not_too_much(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.INFO or may_tell_all(record.name)


class Lines(JsonFormatter):
    """Turns a record into one line: ts, level, logger, message, correlation_id, and what else it carries."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        """Fill the line's fields, the common ones first and always of the same names."""
        log_data["ts"] = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        log_data["level"] = record.levelname
        log_data["logger"] = record.name
        log_data["message"] = record.getMessage()
        if (current := correlation_id.get()) is not None:
            log_data["correlation_id"] = current
        super().add_fields(log_data, record, message_dict)

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, redacted as a whole: message, fields and exceptions."""
        return self._redactor(super().format(record))


class _Handler(logging.StreamHandler[TextIO]):
    """A record that can't be written is told without its content, which may be what made it fail."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        self.stream.write(f'{{"level": "ERROR", "logger": "botpod.logs", "message": "A line of {record.name}')
        self.stream.write(f' in {record.pathname}:{record.lineno} could not be written."}}\n')


def set_up(
    section: LoggingSection, *, secrets: Callable[[], Iterable[str]] = tuple, stream: TextIO | None = None
) -> None:
    """Let everything that is logged, warned of or not caught go to ``stream`` (standard output)."""
    handler = _Handler(stream or sys.stdout)
    handler.setFormatter(Lines(Redactor(secrets)))
    # Some libraries set their own level, at a word in the environment.
    handler.addFilter(_not_too_much)
    logging.getLogger().handlers[:] = [handler]
    set_levels(section)
    logging.captureWarnings(capture=True)
    sys.excepthook = _uncaught
    threading.excepthook = lambda arguments: _log.critical(
        "A thread ended with an error", exc_info=arguments.exc_value
    )


def set_levels(section: LoggingSection, *, before: LoggingSection | None = None) -> None:
    """Let loggers log what ``section`` says; those that only ``before`` named follow the rest again.

    Libraries tell nothing below INFO, whatever is asked of them; a warning says so.
    """
    root = logging.getLogger()
    root.setLevel(section.level)
    for name in before.levels if before else ():
        logging.getLogger(name).setLevel(logging.NOTSET)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    for name, level in section.levels.items():
        wanted = logging.getLevelNamesMapping()[level]
        allowed = wanted if may_tell_all(name) else max(wanted, logging.INFO)
        logging.getLogger(name).setLevel(allowed)
        if allowed != wanted:
            _log.warning(
                "The logger %s is a library's and tells nothing below INFO: %s would write down tokens.",
                name,
                level,
            )


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    _log.critical("The process ends with an error", exc_info=(kind, error, trace))
