"""One configured model: its credential, its circuit breaker, its time-outs."""

from __future__ import annotations

import logging
from contextlib import aclosing
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from math import inf
from typing import TYPE_CHECKING, Any

from botpod.errors import BotpodError, CredentialRefused, Rejected, Transient
from botpod.models.breaker import Breaker, Circuit, Policy
from botpod.models.continuation import Joint, Words
from botpod.models.dialect import of as spoken
from botpod.models.ending import Declined, Empty, Shortened, TooLong, Unbegun
from botpod.models.failures import Unusable
from botpod.models.observe import Attempt, Outcome
from botpod.models.prompt import fewer, messages, size_of
from botpod.models.thoughts import Thoughts
from botpod.models.wire import Patience, Usage, text

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence

    from pydantic_ai.models import Model

    from botpod.config.schema import ModelSection
    from botpod.models.dialect import Dialect
    from botpod.models.observe import Observer
    from botpod.skills.protocol import Turn

    type Build = Callable[[ModelSection, str | None, Dialect], Model]

_log = logging.getLogger(__name__)

_MOST_CHANGES = 8
"""How often one question is asked otherwise: 200 turns are halved that often."""
_WELL = frozenset({Outcome.ANSWERED, Outcome.DECLINED, Outcome.SHORTENED, Outcome.EMPTY})
"""What says nothing about the endpoint, but about the question."""
_REFUSAL_SECONDS = 60.0
"""How long a refused request to this model is not repeated; a changed credential ends it at once."""


@dataclass(frozen=True, slots=True)
class _Refusal:
    error: CredentialRefused | Unusable
    credential: bytes
    until: float


class Endpoint:
    """Asks one model.

    ``secret`` gives a credential's present value by name and raises :class:`botpod.errors.Rejected` where
    there is none; it is asked for each request, so a swapped file counts from the next one on.
    """

    def __init__(
        self,
        section: ModelSection,
        *,
        build: Build,
        secret: Callable[[str], str],
        clock: Callable[[], float],
        observer: Observer,
        policy: Policy | None = None,
    ) -> None:
        self.section = section
        self._build = build
        self._secret = secret
        self._clock = clock
        self._observer = observer
        self._policy = policy or Policy()
        self._breaker = Breaker()
        self._refusal: _Refusal | None = None
        self._problem: str | None = None
        self._used = False
        self._model: tuple[bytes, Model] | None = None
        self._dialect = spoken(section)
        self._most: float = inf
        """Characters that the model reads at most, as far as it has refused more."""
        self._patience = Patience(
            first=section.timeout_seconds,
            between=section.timeout_seconds / 2,
            whole=section.timeout_seconds * 5,
        )

    @property
    def name(self) -> str:
        """Its name in the configuration."""
        return self.section.name

    def status(self) -> dict[str, Any]:
        """Return how it stands, as JSON values."""
        return {
            "provider": self.section.provider.value,
            "model": self.section.model,
            "circuit": self.circuit.value,
            "used": self._used,
            "problem": self._problem,
            "credential": self.section.credential,
            "credentialRefused": self._refusal is not None
            and isinstance(self._refusal.error, CredentialRefused),
        }

    @property
    def circuit(self) -> Circuit:
        """How its circuit breaker stands."""
        return self._breaker.circuit(self._clock(), self._policy)

    async def stream(self, turns: Sequence[Turn], *, instructions: str, said: str) -> AsyncGenerator[str]:
        """Yield the answer, or its continuation after ``said``, always ending between words.

        A request that is refused for something that can be said otherwise is said otherwise, and what was
        learned of the server is kept. Raises :class:`Transient` or :class:`Rejected`; what was yielded until
        then stays valid.
        """
        turns = self._fitting(turns)
        for changes in range(_MOST_CHANGES + 1):
            pieces = self._attempt(turns, instructions=instructions, said=said)
            try:
                async with aclosing(pieces):
                    async for piece in pieces:
                        yield piece
            except Rejected as error:
                if changes == _MOST_CHANGES or not (otherwise := self._otherwise(error, turns)):
                    raise
                turns = otherwise
            else:
                return

    def _fitting(self, turns: Sequence[Turn]) -> Sequence[Turn]:
        """Return the newest ``turns`` that aren't known to be more than the model reads."""
        while size_of(turns) > self._most and (newer := fewer(turns)):
            turns = newer
        return turns

    def _otherwise(self, error: Rejected, turns: Sequence[Turn]) -> Sequence[Turn] | None:
        """Return the turns to ask with once more, maybe in a changed dialect; None: there is no other way."""
        if isinstance(error, TooLong):
            self._most = min(self._most, size_of(turns) * 3 // 4)
            return fewer(turns)
        changed = self._dialect.after(error)
        if changed is None:
            return None
        _log.warning("A model is asked otherwise.", extra={"model": self.name, "problem": str(error)})
        self._dialect, self._model = changed, None
        return turns

    async def _attempt(self, turns: Sequence[Turn], *, instructions: str, said: str) -> AsyncGenerator[str]:
        secret, mark = self._credential()
        self._check_refusal(mark)
        self._breaker, admitted = self._breaker.admit(self._clock(), self._policy)
        if not admitted:
            wait = self._breaker.wait(self._clock(), self._policy)
            raise Transient(self._problem or "It has failed too often.", retry_after=wait)
        begun, first, usage = self._clock(), None, Usage()
        outcome, problem = Outcome.ABANDONED, None
        words, joint = Words(), Joint(said)
        thoughts = Thoughts(begun=self._dialect.begins_thinking and not said)
        try:
            pieces = text(
                self._model_with(secret, mark),
                messages(turns, instructions=instructions, said=said),
                patience=self._patience,
                credential=self.section.credential,
                usage=usage,
                thoughts=thoughts,
            )
            async with aclosing(pieces):
                async for piece in pieces:
                    first = first or self._clock() - begun
                    if new := words.feed(joint.feed(piece)):
                        yield new
            if rest := words.feed(joint.finish()) + words.finish():
                yield rest
            outcome = Outcome.ANSWERED
        except BotpodError as error:
            problem = str(error)
            outcome = _outcome(error, begun_text=first is not None)
            if isinstance(error, CredentialRefused | Unusable):
                self._refusal = _Refusal(error, mark, self._clock() + _REFUSAL_SECONDS)
            raise
        finally:
            if thoughts.leaked:
                self._dialect = replace(self._dialect, begins_thinking=True)
            self._settle(outcome, problem)
            attempt = Attempt(
                model=self.name,
                outcome=outcome,
                seconds=self._clock() - begun,
                first_text=first,
                input_tokens=usage.input_tokens,
                output_tokens=usage.output_tokens,
                problem=problem,
            )
            _log.info("A model was asked.", extra=asdict(attempt))
            self._observer(attempt)

    def _credential(self) -> tuple[str | None, bytes]:
        name = self.section.credential
        if name is None:
            return None, b""
        try:
            secret = self._secret(name)
        except Rejected as error:
            self._problem, self._used = str(error), True
            raise
        return secret, sha256(secret.encode()).digest()

    def _check_refusal(self, mark: bytes) -> None:
        refusal = self._refusal
        if refusal is None:
            return
        if refusal.credential == mark and self._clock() < refusal.until:
            raise refusal.error
        self._refusal = None

    def _model_with(self, secret: str | None, mark: bytes) -> Model:
        if self._model is None or self._model[0] != mark:
            self._model = (mark, self._build(self.section, secret, self._dialect))
        return self._model[1]

    def _settle(self, outcome: Outcome, problem: str | None) -> None:
        match outcome:
            case Outcome.ABANDONED:
                self._breaker = self._breaker.abandoned()
                return
            case Outcome.FAILED | Outcome.BROKE_OFF:
                self._breaker = self._breaker.failed(self._clock(), self._policy)
            case _:
                # A refusal is an answer too: the endpoint is up.
                self._breaker = self._breaker.succeeded()
        self._problem, self._used = None if outcome in _WELL else problem, True
        if outcome is Outcome.ANSWERED:
            self._refusal = None


def _outcome(error: BotpodError, *, begun_text: bool) -> Outcome:
    match error:
        case CredentialRefused():
            return Outcome.REFUSED
        case Declined():
            return Outcome.DECLINED
        case Shortened() | Unbegun():
            return Outcome.SHORTENED
        case Empty():
            return Outcome.EMPTY
        case Rejected():
            return Outcome.REJECTED
    return Outcome.BROKE_OFF if begun_text else Outcome.FAILED
