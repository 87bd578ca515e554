"""Errors, named by what the caller can do.

::

    BotpodError
    ├── Transient            try again later; ``retry_after`` in seconds where somebody said so
    │   └── NoModelAnswers   every configured model failed or is cut off; say so honestly
    │       └── NoModelConfigured   there is none to ask
    ├── Rejected             the other side understood and refused; trying again changes nothing
    │   └── CredentialRefused   the credential is the reason; ``credential`` names it, never its value
    ├── Apologised           what was asked for could not be done, and whoever asked has been told so
    └── ConfigurationInvalid    ``problems``: every mistake, each a sentence that names the field
"""

from __future__ import annotations


class BotpodError(Exception):
    """The root of everything raised on purpose."""


class Transient(BotpodError):
    """It failed now and may work later."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class NoModelAnswers(Transient):
    """No configured model gave an answer."""


class NoModelConfigured(NoModelAnswers):
    """The configuration names no model."""


class Rejected(BotpodError):
    """The other side refused for good."""


class CredentialRefused(Rejected):
    """The other side refused the credential that ``credential`` names."""

    def __init__(self, message: str, *, credential: str) -> None:
        super().__init__(message)
        self.credential = credential


class Apologised(BotpodError):
    """It failed, and the person has been told so: count it, say nothing more. ``__cause__`` is the reason."""


class ConfigurationInvalid(BotpodError):
    """The configuration has mistakes; ``problems`` lists them all."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class LeaseLost(BotpodError):
    """What this pod owned belongs to another one by now."""
