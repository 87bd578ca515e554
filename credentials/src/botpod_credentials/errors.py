"""Why credentials can't be had."""

from __future__ import annotations


class CredentialsUnusable(Exception):
    """The credentials can't be had; ``reason`` and the text are for a condition, and hold no secret.

    ``certain`` says that the source answered and it is so; otherwise nobody can tell at the moment.
    ``passing`` is what failed on the way to the source and may work at once when it is tried again.
    """

    def __init__(self, reason: str, message: str, *, certain: bool, passing: Exception | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.certain = certain
        self.passing = passing
