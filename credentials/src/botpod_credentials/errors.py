"""Why credentials can't be had."""

from __future__ import annotations


class CredentialsUnusable(Exception):
    """The credentials can't be had; ``reason`` and the text are for a condition, and hold no secret.

    ``certain`` says that the source answered and it is so; otherwise nobody can tell at the moment.
    ``passing`` is what failed on the way to the source and may work at once when it is tried again.
    ``retry_after`` is in seconds, where the source asked to be left alone for so long.
    """

    def __init__(
        self,
        reason: str,
        message: str,
        *,
        certain: bool,
        passing: Exception | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.certain = certain
        self.passing = passing
        self.retry_after = retry_after
