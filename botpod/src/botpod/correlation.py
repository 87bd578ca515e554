"""One id that follows a Discord event to its last reply, through every log line on the way."""

from __future__ import annotations

import secrets
from contextvars import ContextVar

correlation_id: ContextVar[str | None] = ContextVar("correlation_id", default=None)
"""The id of the event that is being handled; None outside of one."""


def new_correlation_id() -> str:
    """Return 16 hexadecimal digits that no other event has."""
    return secrets.token_hex(8)
