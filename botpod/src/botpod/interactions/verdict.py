"""What became of a request."""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """What became of a request; the values are those of the metric's label."""

    TAKEN = "taken"
    """It is handed on. Its first answer goes to Discord's callback endpoint, as with the gateway."""
    PING = "ping"
    """Discord asks whether we are there."""
    UNSIGNED = "unsigned"
    """Discord did not sign it."""
    STALE = "stale"
    """Discord signed it, at another time than now."""
    UNREADABLE = "unreadable"
    """Discord signed it, and it is no interaction."""
    CLOSED = "closed"
    """The application's key isn't known yet, or this process stops."""
