"""Notice, verify, deliver: keeps a bot's Secret at what its source holds.

A value is read only when something about where it comes from changed; values are applied and forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from botpod_credentials.errors import CredentialsUnusable
from botpod_credentials.judgement import UNASKED, judge
from botpod_operator.credentials.answers import Answers, settled
from botpod_operator.credentials.delivery import Delivery, Known, Outcome
from botpod_operator.credentials.wants import Sources, values, wanted
from botpod_operator.desired.secret import secret

if TYPE_CHECKING:
    from botpod_credentials.judgement import Verdict
    from botpod_credentials.values import SecretValues
    from botpod_operator.credentials.patience import Patience
    from botpod_operator.credentials.port import Found, Verifier
    from botpod_operator.desired.manifest import Manifest
    from botpod_operator.effective import Effective
    from botpod_operator.identity import BotKey, Identity


class SecretKeeper(Protocol):
    """Whoever holds the bots' Secrets (the API server)."""

    async def delivered(self, identity: Identity) -> Delivery | None:
        """Return what the bot's Secret holds, or None where there is none that is whole.

        Raises:
            NameTaken: a Secret of that name isn't this bot's.
        """

    async def deliver(self, manifest: Manifest) -> None:
        """Apply the Secret. Raises :class:`~botpod_operator.errors.OperatorError`."""


class Courier:
    """Keeps Secrets current; what was refused is not asked about again each time."""

    def __init__(self, *, keeper: SecretKeeper, verifier: Verifier, patience: Patience) -> None:
        self._keeper = keeper
        self._verifier = verifier
        self._answers = Answers(patience)

    def forget(self, key: BotKey) -> None:
        """Forget a bot that is gone."""
        self._answers.forget(key)

    def edited(self, key: BotKey) -> None:
        """Ask again at the next look: the owner changed what is asked for, and waits for it."""
        self._answers.edited(key)

    def due_in(self, key: BotKey) -> float | None:
        """Return in how many seconds to ask again about what is open; None where nothing is."""
        return self._answers.due_in(key)

    async def look(self, effective: Effective, sources: Sources, known: Known) -> Outcome:
        """Bring the Secret to what the sources hold.

        Raises:
            NameTaken: a Secret of the bot's name isn't this bot's.
            OperatorError: the API server didn't take the Secret, or failed on the way to a source; the second
                time in a row that is the outcome, for people to know.
        """
        return self._answers.steady(effective.identity.key, await self._look(effective, sources, known))

    async def _look(self, effective: Effective, sources: Sources, known: Known) -> Outcome:
        bot = effective.identity.key
        held = await self._keeper.delivered(effective.identity)
        needed = frozenset(key.name for key in effective.keys)
        usable = held if held is not None and held.keys >= needed else None
        try:
            newest, found = await wanted(effective, sources)
        except CredentialsUnusable as problem:
            return Outcome(delivery=usable, problem=problem)
        in_place = held if held is not None and held.digest == newest.digest and held.keys == needed else None
        if in_place is not None and settled(in_place, verify=effective.verify_credentials):
            return self._answers.in_place(bot, in_place)
        standing = self._answers.standing(bot, newest, usable, known)
        if standing is not None:
            return standing
        return await self._bring(effective, sources, known, _Move(newest, found, usable, in_place))

    async def _bring(self, effective: Effective, sources: Sources, known: Known, move: _Move) -> Outcome:
        bot, newest = effective.identity.key, move.wanted
        try:
            read = await values(newest, move.found, sources)
        except CredentialsUnusable as problem:
            return self._answers.unreadable(bot, newest, move.usable, problem)
        verdict = await self._verdict(effective, read, known, move)
        # A doubt that goes on is nothing new: the Secret says already that nobody could tell.
        doubted = move.in_place is not None and move.in_place.verdict is not None and not verdict.settled
        if verdict.deliver and not doubted:
            await self._keeper.deliver(secret(effective.identity, replace(newest, verdict=verdict), read))
        return self._answers.judged(bot, newest, move.usable, verdict)

    async def _verdict(self, effective: Effective, read: SecretValues, known: Known, move: _Move) -> Verdict:
        if not effective.verify_credentials:
            return UNASKED
        before = move.usable.rotate if move.usable else None
        findings = await self._verifier.examine(
            keys=effective.keys,
            addresses=effective.addresses,
            values=read,
            fresh=move.wanted.rotate != before,
        )
        return judge(
            findings,
            replaces=move.usable is not None and move.in_place is None,
            application_id=effective.application_id or known.application_id,
        )


@dataclass(frozen=True, slots=True)
class _Move:
    """From what to what: ``usable`` is what the pods can go on with, ``in_place`` that it is the newest."""

    wanted: Delivery
    found: tuple[Found, ...]
    usable: Delivery | None
    in_place: Delivery | None
