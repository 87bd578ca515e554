"""Errors, named by what the caller can do.

::

    OperatorError
    ├── Transient               try again later; ``retry_after`` in seconds where somebody said so
    ├── Rejected                the other side understood and refused; trying again changes nothing
    │   ├── NotFound            what was asked for doesn't exist
    │   ├── Forbidden           we may not; somebody has to grant it
    │   └── Conflict            it changed or exists already
    ├── NotYet                  an answer takes long; what needs it is done again when it is there
    ├── LeadershipLost          another one may act by now; end this process
    └── ConfigurationInvalid    ``problems``: every mistake in the operator's own file

What is wrong with credentials is a
:class:`~botpod_credentials.errors.CredentialsUnusable`. No text of any of them ever holds a secret.
"""

from __future__ import annotations


class OperatorError(Exception):
    """The root of everything raised on purpose."""


class Transient(OperatorError):
    """It failed now and may work later; ``of`` is what isn't done because of it, such as "the Service"."""

    def __init__(self, message: str, *, retry_after: float | None = None, of: str = "") -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.of = of


class Rejected(OperatorError):
    """The other side refused for good."""


class NotFound(Rejected):
    """It doesn't exist."""


class Forbidden(Rejected):
    """We may not."""


class Conflict(Rejected):
    """It changed meanwhile or exists already."""


class LeadershipLost(OperatorError):
    """This process doesn't lead, or no longer; it must not act."""


class ConfigurationInvalid(OperatorError):
    """The operator's own configuration has mistakes; ``problems`` lists them all."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class NotYet(OperatorError):
    """Somebody who was asked takes long; what needs the answer is done again when it is there."""
