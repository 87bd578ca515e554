"""How Discord says no.

Refusal                  any answer of 400 and above, with Discord's own code
├── Fault.UNKNOWN_…      404: the thing isn't there (or not for this bot)
├── Fault.MISSING_…      403: there, but not permitted
└── Fault.INVALID_FORM   400: ``errors`` names each field
"""

from __future__ import annotations

from enum import Enum
from typing import Any


class Fault(Enum):
    """Discord's answers to bad requests: HTTP status, code, message."""

    NOT_FOUND = (404, 0, "404: Not Found")
    METHOD_NOT_ALLOWED = (405, 0, "405: Method Not Allowed")
    UNAUTHORIZED = (401, 0, "401: Unauthorized")
    INTERNAL = (500, 0, "Internal Server Error")
    UNKNOWN_APPLICATION = (404, 10002, "Unknown Application")
    UNKNOWN_CHANNEL = (404, 10003, "Unknown Channel")
    UNKNOWN_GUILD = (404, 10004, "Unknown Guild")
    UNKNOWN_MEMBER = (404, 10007, "Unknown Member")
    UNKNOWN_MESSAGE = (404, 10008, "Unknown Message")
    UNKNOWN_ROLE = (404, 10011, "Unknown Role")
    UNKNOWN_USER = (404, 10013, "Unknown User")
    UNKNOWN_EMOJI = (400, 10014, "Unknown Emoji")
    UNKNOWN_WEBHOOK = (404, 10015, "Unknown Webhook")
    UNKNOWN_INTERACTION = (404, 10062, "Unknown interaction")
    UNKNOWN_COMMAND = (404, 10063, "Unknown application command")
    TOO_MANY_PINS = (400, 30003, "Maximum number of pins reached (250)")
    TOO_MANY_REACTIONS = (400, 30010, "Maximum number of reactions reached (20)")
    TOO_MANY_COMMANDS = (400, 30032, "Maximum number of application commands reached (100)")
    TOO_LARGE = (413, 40005, "Request entity too large")
    THREAD_EXISTS = (400, 160004, "A thread has already been created for this message")
    THREAD_ARCHIVED = (400, 50083, "Thread is archived")
    ALREADY_ACKNOWLEDGED = (400, 40060, "Interaction has already been acknowledged.")
    MISSING_ACCESS = (403, 50001, "Missing Access")
    WRONG_CHANNEL_KIND = (400, 50024, "Cannot execute action on this channel type")
    NOT_YOURS = (403, 50005, "Cannot edit a message authored by another user")
    EMPTY_MESSAGE = (400, 50006, "Cannot send an empty message")
    CANNOT_DM = (403, 50007, "Cannot send messages to this user")
    MISSING_PERMISSIONS = (403, 50013, "Missing Permissions")
    BULK_COUNT = (
        400,
        50016,
        "Provided too few or too many messages to delete. Must provide at least 2 and at most 100.",
    )
    BULK_TOO_OLD = (400, 50034, "You can only bulk delete messages that are under 14 days old.")
    INVALID_WEBHOOK_TOKEN = (401, 50027, "Invalid Webhook Token")
    INVALID_FORM = (400, 50035, "Invalid Form Body")
    INVALID_API_VERSION = (400, 50041, "Invalid API version")
    INVALID_JSON = (400, 50109, "The request body contains invalid JSON.")
    HISTORY_NEEDED = (403, 160002, "Cannot reply without permission to read message history")


class Refusal(Exception):
    """A request that Discord would not serve.

    Args:
        fault: which answer; gives status, code and message.
        errors: for ``INVALID_FORM``, the tree of fields with ``_errors`` at its leaves.
    """

    def __init__(self, fault: Fault, errors: dict[str, Any] | None = None) -> None:
        self.status, self.code, self.message = fault.value
        super().__init__(f"{self.status} {self.code}: {self.message}")
        self.errors = errors

    def body(self) -> dict[str, Any]:
        """Return the JSON that Discord would answer."""
        answer: dict[str, Any] = {"message": self.message, "code": self.code}
        if self.errors is not None:
            answer["errors"] = self.errors
        return answer
