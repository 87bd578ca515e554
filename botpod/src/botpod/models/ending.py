"""How a model's answer ended, where it isn't simply whole. Pure.

The endpoint is well in each case: the circuit breaker counts no failure, and the request isn't repeated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod.errors import (
    AnswerDeclined,
    AnswerEmpty,
    AnswerShortened,
    AnswerUnbegun,
    NoModelAnswers,
    QuestionTooLong,
    Rejected,
)
from botpod.guards.invisible import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST_WORDS = 300


class Declined(Rejected):
    """The vendor won't answer this; ``words`` is its own sentence, which may be shown to whoever asked."""

    def __init__(self, words: object = None) -> None:
        super().__init__("It declined to answer.")
        self.words = _in_one_line(words) if isinstance(words, str) else ""


class Shortened(Rejected):
    """It reached the greatest length in the middle of its answer."""


class Unbegun(Rejected):
    """It reached the greatest length before the first word that is for a reader."""


class Empty(Rejected):
    """It ended properly, and there is nothing to read."""


class TooLong(Rejected):
    """It can't read this much."""


def unanswered(reasons: Sequence[Rejected], *, retry_after: float | None) -> NoModelAnswers:
    """Return why nobody answers: the last reason that is about the question, or that nobody could be reached.

    ``reasons`` are those of the models that aren't asked again; a model that may answer later has none.
    """
    for reason in reversed(reasons):
        match reason:
            case Declined():
                return AnswerDeclined("The model declined to answer.", words=reason.words)
            case Shortened():
                return AnswerShortened("The answer reached the greatest length.")
            case Unbegun():
                return AnswerUnbegun("The model thought for as long as it may write.")
            case Empty():
                return AnswerEmpty("The model's answer was empty.")
            case TooLong():
                return QuestionTooLong("The question is longer than the model reads.")
            case _:
                continue
    return NoModelAnswers("No model answered.", retry_after=retry_after)


def _in_one_line(text: str) -> str:
    plain = " ".join(visible(text).split())
    return plain if len(plain) <= _LONGEST_WORDS else plain[:_LONGEST_WORDS].rstrip() + "…"
