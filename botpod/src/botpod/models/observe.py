"""What there is to tell about a request to a model; metrics and logs listen."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Outcome(StrEnum):
    """How a request to a model ended."""

    ANSWERED = "answered"
    BROKE_OFF = "brokeOff"
    """It failed after some text had come."""
    FAILED = "failed"
    """It failed before any text came, and may work later."""
    REJECTED = "rejected"
    """The vendor refused the request, or does not know the model."""
    DECLINED = "declined"
    """The vendor won't answer this question, for what it is about."""
    SHORTENED = "shortened"
    """It reached the greatest length that was allowed."""
    EMPTY = "empty"
    """It ended properly, without anything to read."""
    REFUSED = "refused"
    """The vendor refused the credential."""
    ABANDONED = "abandoned"
    """Nobody wanted the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One request to one model; times in seconds, ``first_text`` None when no text came."""

    model: str
    outcome: Outcome
    seconds: float
    first_text: float | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    problem: str | None = None


type Observer = Callable[[Attempt], None]
