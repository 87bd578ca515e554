"""What becomes of values that were judged: an outcome for each case, which stands until it is time again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from botpod_credentials.errors import CredentialsUnusable
from botpod_credentials.judgement import PENDING, UNASKED
from botpod_operator.credentials.delivery import Outcome, Refusal

if TYPE_CHECKING:
    from botpod_credentials.judgement import Verdict
    from botpod_operator.credentials.delivery import Delivery, Known
    from botpod_operator.credentials.patience import Patience
    from botpod_operator.identity import BotKey

_STANDS_IN_THE_VERSION = frozenset({"KeyMissing", "KeyEmpty"})
"""Problems that only another version solves."""


class Answers:
    """Outcomes of one kind of delivery. ``usable`` is always what the pods can go on with."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._stumbled: set[BotKey] = set()

    def forget(self, bot: BotKey) -> None:
        """Forget a bot that is gone."""
        self._stumbled.discard(bot)
        self._patience.forget(bot)

    def edited(self, bot: BotKey) -> None:
        """Ask again at the next look: the owner changed what is asked for, and waits for it."""
        self._patience.hurry(bot)

    def due_in(self, bot: BotKey) -> float | None:
        """Return in how many seconds to ask again about what is open; None where nothing is."""
        return self._patience.due_in(bot)

    def steady(self, bot: BotKey, outcome: Outcome) -> Outcome:
        """Return the outcome, unless something failed on the way for the first time.

        Raises:
            OperatorError: what failed. The second time in a row that is the outcome, for people to know.
        """
        passing = outcome.problem.passing if outcome.problem else None
        if passing is None:
            self._stumbled.discard(bot)
        elif bot not in self._stumbled:
            self._stumbled.add(bot)
            raise passing
        return outcome

    def in_place(self, bot: BotKey, held: Delivery) -> Outcome:
        """Nothing is open: the pods can have the newest."""
        self._patience.forget(bot)
        return Outcome(delivery=held)

    def standing(
        self, bot: BotKey, wanted: Delivery, usable: Delivery | None, known: Known
    ) -> Outcome | None:
        """Return what was found earlier about these values, while it isn't time to ask again."""
        standing = self._patience.standing(bot, wanted.digest)
        if standing is not None:
            return replace(standing, delivery=usable)
        refusal = known.refusal
        if refusal is None or refusal.digest != wanted.digest or self._patience.knows(bot, wanted.digest):
            return None
        # Another process asked before; this one goes on waiting from there.
        return self._refused(bot, wanted, usable, refusal, at_least=0.0)

    def last(self, bot: BotKey, wanted: Delivery, usable: Delivery | None) -> Outcome | None:
        """Return what was found about these values, even where somebody is asked again just now."""
        outcome = self._patience.last(bot, wanted.digest)
        return replace(outcome, delivery=usable) if outcome else None

    def unreadable(
        self,
        bot: BotKey,
        wanted: Delivery,
        usable: Delivery | None,
        problem: CredentialsUnusable,
        *,
        stands: bool = False,
    ) -> Outcome:
        """The values could not be read; what is in the version, or ``stands``, isn't tried again at once."""
        outcome = Outcome(delivery=usable, problem=problem)
        certain = problem.reason in _STANDS_IN_THE_VERSION
        if certain or stands:
            self._patience.wait(bot, wanted.digest, outcome, certain=certain, at_least=0.0)
        return outcome

    def judged(self, bot: BotKey, wanted: Delivery, usable: Delivery | None, verdict: Verdict) -> Outcome:
        """The values were judged, and delivered where the verdict says so."""
        at_least = verdict.retry_after or 0.0
        if verdict.deliver:
            outcome = Outcome(delivery=replace(wanted, verdict=verdict))
            if verdict.settled:
                self._patience.forget(bot)
            else:
                self._patience.wait(bot, wanted.digest, outcome, certain=False, at_least=at_least)
            return outcome
        if verdict.reason == PENDING:
            text = f"version {wanted.version} waits: {verdict.message}."
            problem = CredentialsUnusable(verdict.reason, text, certain=False)
            outcome = Outcome(delivery=usable, problem=problem)
            self._patience.wait(bot, wanted.digest, outcome, certain=False, at_least=at_least)
            return outcome
        refusal = Refusal(
            version=wanted.version, digest=wanted.digest, reason=verdict.reason, message=verdict.message
        )
        return self._refused(bot, wanted, usable, refusal, at_least=at_least)

    def _refused(
        self, bot: BotKey, wanted: Delivery, usable: Delivery | None, refusal: Refusal, *, at_least: float
    ) -> Outcome:
        problem = CredentialsUnusable(
            refusal.reason, f"version {refusal.version} is refused: {refusal.message}.", certain=True
        )
        outcome = Outcome(delivery=usable, problem=problem, refusal=refusal)
        self._patience.wait(bot, wanted.digest, outcome, certain=True, at_least=at_least)
        return outcome


def settled(held: Delivery, *, verify: bool) -> bool:
    """Return whether nothing new can be found out about what is delivered."""
    if held.verdict is None:
        return False
    asked = held.verdict.reason != UNASKED.reason
    return held.verdict.settled and asked == verify
