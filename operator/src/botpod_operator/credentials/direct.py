"""Delivery past the operator: pods take the values from Vault themselves, and none is ever seen here.

The operator notices new versions by their metadata, has one pod try them, and pins what was accepted: that is
what every pod shall have, and what one that starts later reads. The pin is in the status.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from botpod_credentials.errors import CredentialsUnusable
from botpod_credentials.judgement import PENDING
from botpod_credentials.values import SecretValues
from botpod_operator.credentials.answers import Answers, settled
from botpod_operator.credentials.delivery import Known, Outcome
from botpod_operator.credentials.places import source_at
from botpod_operator.credentials.port import Found
from botpod_operator.credentials.wants import Sources, digest_of, wanted

if TYPE_CHECKING:
    from botpod_credentials.judgement import Verdict
    from botpod_operator.credentials.courier import Courier
    from botpod_operator.credentials.delivery import Delivery
    from botpod_operator.credentials.patience import Patience
    from botpod_operator.effective import Effective
    from botpod_operator.identity import BotKey


class Trials(Protocol):
    """Whoever has pods try credentials."""

    def told(self, bot: BotKey, digest: str) -> Verdict | CredentialsUnusable | None:
        """Return what a pod said of these values, once; until then have one asked and return None."""

    def slow(self, bot: BotKey) -> bool:
        """Return whether no pod has answered for a while."""

    def forget(self, bot: BotKey) -> None:
        """Ask nothing more about a bot."""


class DirectCourier:
    """Decides what pods shall take from Vault; ``courier`` delivers the class's passwords by Secret."""

    def __init__(self, *, courier: Courier, trials: Trials, patience: Patience) -> None:
        self._courier = courier
        self._trials = trials
        self._answers = Answers(patience)

    def forget(self, key: BotKey) -> None:
        """Forget a bot that is gone."""
        self._answers.forget(key)
        self._trials.forget(key)
        self._courier.forget(key)

    def edited(self, key: BotKey) -> None:
        """Ask again at the next look: the owner changed what is asked for, and waits for it."""
        self._answers.edited(key)
        self._courier.edited(key)

    def due_in(self, key: BotKey) -> float | None:
        """Return in how many seconds to ask again about what is open; None where nothing is."""
        due = (self._answers.due_in(key), self._courier.due_in(key))
        return min((seconds for seconds in due if seconds is not None), default=None)

    async def look(self, effective: Effective, sources: Sources, known: Known) -> Outcome:
        """Decide about the newest version; raises as the Secrets' courier does."""
        bot = effective.identity.key
        own = replace(effective, keys=effective.own_keys)
        outcome = self._answers.steady(bot, await self._look(own, replace(sources, passwords=()), known))
        if not sources.passwords:
            return outcome
        passwords = await self._courier.look(
            replace(effective, keys=effective.state.passwords),
            Sources(own=_Nothing(), passwords=sources.passwords, rotate=sources.rotate),
            Known(),
        )
        if passwords.delivery is None:
            # The pods can't even start.
            return Outcome(delivery=None, problem=passwords.problem)
        if outcome.problem is None and passwords.problem is not None:
            return replace(outcome, problem=passwords.problem)
        return outcome

    async def _look(self, effective: Effective, sources: Sources, known: Known) -> Outcome:
        bot, held = effective.identity.key, known.delivery
        needed = frozenset(key.name for key in effective.keys)
        usable = held if held is not None and held.keys >= needed and _is_of(effective, held) else None
        try:
            newest, _ = await wanted(effective, sources)
        except CredentialsUnusable as problem:
            return Outcome(delivery=usable, problem=problem)
        in_place = usable if usable is not None and usable.digest == newest.digest else None
        if in_place is not None and settled(in_place, verify=effective.verify_credentials):
            self._trials.forget(bot)
            return self._answers.in_place(bot, in_place)
        outcome = self._answers.standing(bot, newest, usable, known) or self._tried(bot, newest, usable)
        if outcome.delivery is not None and outcome.delivery.digest == newest.digest:
            newer = outcome.delivery
            return replace(outcome, trial=None if newer.verdict and newer.verdict.settled else newest)
        return replace(outcome, trial=newest)

    def _tried(self, bot: BotKey, newest: Delivery, usable: Delivery | None) -> Outcome:
        told = self._trials.told(bot, newest.digest)
        if told is None:
            last = self._answers.last(bot, newest, usable)
            if last is not None:
                return last
            if usable is not None and not self._trials.slow(bot):
                return Outcome(delivery=usable)
            problem = CredentialsUnusable(
                PENDING,
                f"version {newest.version} waits for a pod to take it from Vault and try it.",
                certain=False,
            )
            return Outcome(delivery=usable, problem=problem)
        if isinstance(told, CredentialsUnusable):
            return self._answers.unreadable(bot, newest, usable, told, stands=True)
        return self._answers.judged(bot, newest, usable, told)


def _is_of(effective: Effective, held: Delivery) -> bool:
    """Return whether what was delivered came from where the pods would read it now."""
    vault, entry = effective.vault, effective.entry
    if vault is None or entry is None or held.source != source_at(mount=vault.kv_mount, path=entry.path):
        return False
    return held.digest == digest_of(effective, held)


class _Nothing:
    """A source without anything."""

    async def look(self) -> Found:
        return Found(source="class", version="-")

    async def read(self, found: Found, names: frozenset[str]) -> SecretValues:  # noqa: ARG002 - a Source's shape
        return SecretValues({})
