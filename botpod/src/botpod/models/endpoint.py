"""One configured model: its credential, its circuit breaker, its time-outs."""

from __future__ import annotations

import logging
from contextlib import aclosing
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from botpod.errors import BotpodError, CredentialRefused, Rejected, Transient
from botpod.models.breaker import Breaker, Circuit, Policy
from botpod.models.continuation import Joint, Words
from botpod.models.failures import Unusable
from botpod.models.observe import Attempt, Outcome
from botpod.models.prompt import messages
from botpod.models.wire import Patience, Usage, text

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence

    from pydantic_ai.models import Model

    from botpod.config.schema import ModelSection
    from botpod.models.observe import Observer
    from botpod.skills.protocol import Turn

    type Build = Callable[[ModelSection, str | None], Model]

_log = logging.getLogger(__name__)

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

        Raises :class:`Transient` or :class:`Rejected`; what was yielded until then stays valid.
        """
        secret, mark = self._credential()
        self._check_refusal(mark)
        self._breaker, admitted = self._breaker.admit(self._clock(), self._policy)
        if not admitted:
            wait = self._breaker.wait(self._clock(), self._policy)
            raise Transient(self._problem or "It has failed too often.", retry_after=wait)
        begun, first, usage = self._clock(), None, Usage()
        outcome, problem = Outcome.ABANDONED, None
        words, joint = Words(), Joint(said)
        try:
            pieces = text(
                self._model_with(secret, mark),
                messages(turns, instructions=instructions, said=said),
                patience=self._patience,
                credential=self.section.credential,
                usage=usage,
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
            self._model = (mark, self._build(self.section, secret))
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
        self._problem, self._used = problem, True
        if outcome is Outcome.ANSWERED:
            self._refusal = None


def _outcome(error: BotpodError, *, begun_text: bool) -> Outcome:
    if isinstance(error, CredentialRefused):
        return Outcome.REFUSED
    if isinstance(error, Rejected):
        return Outcome.REJECTED
    return Outcome.BROKE_OFF if begun_text else Outcome.FAILED
