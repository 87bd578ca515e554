"""Errors, named by what the caller can do.

::

    BotpodError
    ├── Transient            try again later; ``retry_after`` in seconds where somebody said so
    │   └── NoModelAnswers   every configured model failed or is cut off; say so honestly
    │       ├── NoModelConfigured   there is none to ask
    │       ├── AnswerDeclined   the vendor won't answer this question; ``words`` are the vendor's own
    │       ├── AnswerShortened  the answer is as long as one may be; what came of it is right
    │       ├── AnswerEmpty      the model has spoken, and there is nothing to read
    │       ├── AnswerUnbegun    all that it may write went into thinking
    │       └── QuestionTooLong  what is to be read alone is more than the model reads
    ├── Rejected             the other side understood and refused; trying again changes nothing
    │   ├── Gone                what was to be changed, or the place for it, is no more; tell nobody
    │   ├── Forbidden           the bot may not do it there; ``code`` is Discord's own
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


class AnswerDeclined(NoModelAnswers):
    """The vendor declined; ``words`` is what it said about that, empty where it said nothing."""

    def __init__(self, message: str, *, words: str = "") -> None:
        super().__init__(message)
        self.words = words


class AnswerShortened(NoModelAnswers):
    """The answer ended at the greatest length that is allowed."""


class AnswerEmpty(NoModelAnswers):
    """The answer has nothing that anybody could read."""


class AnswerUnbegun(NoModelAnswers):
    """The model thought for as long as it may write."""


class QuestionTooLong(NoModelAnswers):
    """The question is longer than what the model reads, without anything that was said before it."""


class Rejected(BotpodError):
    """The other side refused for good."""


class Gone(Rejected):
    """Somebody took away what was to be changed, or closed the place for it: they want no more of it."""


class Forbidden(Rejected):
    """The bot lacks a permission there."""

    def __init__(self, message: str, *, code: int) -> None:
        super().__init__(message)
        self.code = code


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
