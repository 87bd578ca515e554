"""What comes of a trial, as the pod tells it and the operator reads it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from botpod_credentials.errors import CredentialsUnusable
from botpod_credentials.judgement import Verdict

if TYPE_CHECKING:
    from typing import Self

MOST_CHARACTERS = 2000


def _printable(text: object) -> object:
    """Leave out what no sentence has: a pod is its owner's, and may say anything."""
    return "".join(c for c in text if c.isprintable())[:MOST_CHARACTERS] if isinstance(text, str) else text


type _Sentence = Annotated[str, BeforeValidator(_printable)]
type _Word = Annotated[str, Field(pattern=r"^[A-Za-z]{1,64}$")]


class TrialAnswer(BaseModel):
    """Either a verdict about the values, or why they can't be had."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore")

    digest: str
    usable: bool
    """Whether the values could be read at all; otherwise reason and message say why not."""
    reason: _Word
    message: _Sentence
    certain: bool = True
    deliver: bool = False
    verified: bool = False
    settled: bool = False
    retry_after: Annotated[float, Field(ge=0, le=3600)] | None = None
    application_id: Annotated[str, Field(pattern=r"^[0-9]{1,20}$")] | None = None

    @classmethod
    def of(cls, digest: str, told: Verdict | CredentialsUnusable) -> Self:
        """Return what to tell."""
        if isinstance(told, CredentialsUnusable):
            return cls(
                digest=digest, usable=False, reason=told.reason, message=str(told), certain=told.certain
            )
        return cls(
            digest=digest,
            usable=True,
            reason=told.reason,
            message=told.message,
            deliver=told.deliver,
            verified=told.verified,
            settled=told.settled,
            retry_after=told.retry_after,
            application_id=told.application_id,
        )

    def told(self) -> Verdict | CredentialsUnusable:
        """Return what was told."""
        if not self.usable:
            return CredentialsUnusable(self.reason, self.message, certain=self.certain)
        return Verdict(
            deliver=self.deliver,
            verified=self.verified,
            settled=self.settled,
            reason=self.reason,
            message=self.message,
            retry_after=self.retry_after,
            application_id=self.application_id,
        )


class PodStatus(BaseModel):
    """What a pod has, and why it hasn't what it shall."""

    delivery: str | None = None
    problem: _Sentence | None = None
