"""Notice, verify, deliver: keeps a bot's Secret at what its source holds.

A value is read only when something about where it comes from changed; values are applied and forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from botpod_credentials.errors import CredentialsUnusable
from botpod_credentials.judgement import UNASKED, judge
from botpod_credentials.values import SecretValues
from botpod_operator.credentials.delivery import Delivery, Known, Outcome, Refusal
from botpod_operator.desired.secret import secret
from botpod_operator.digests import digest

if TYPE_CHECKING:
    from botpod_credentials.judgement import Verdict
    from botpod_operator.credentials.patience import Patience
    from botpod_operator.credentials.port import Found, Source, Verifier
    from botpod_operator.desired.manifest import Manifest
    from botpod_operator.effective import Effective
    from botpod_operator.identity import BotKey, Identity

_STANDS_IN_THE_VERSION = frozenset({"KeyMissing", "KeyEmpty"})
"""Problems that only another version solves."""


class SecretKeeper(Protocol):
    """Whoever holds the bots' Secrets (the API server)."""

    async def delivered(self, identity: Identity) -> Delivery | None:
        """Return what the bot's Secret holds, or None where there is none that is whole.

        Raises:
            NameTaken: a Secret of that name isn't this bot's.
        """

    async def deliver(self, manifest: Manifest) -> None:
        """Apply the Secret. Raises :class:`~botpod_operator.errors.OperatorError`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where one bot's values come from: its own source, and the class's passwords by key name."""

    own: Source
    passwords: tuple[tuple[str, str, Source], ...]
    """Key name in the pod, key name in the source, source."""
    rotate: str | None = None
    """The owner's request to take everything anew; another text is another request."""


class Courier:
    """Keeps Secrets current; what was refused is not asked about again each time."""

    def __init__(self, *, keeper: SecretKeeper, verifier: Verifier, patience: Patience) -> None:
        self._keeper = keeper
        self._verifier = verifier
        self._patience = patience
        self._stumbled: set[BotKey] = set()

    def forget(self, key: BotKey) -> None:
        """Forget a bot that is gone."""
        self._stumbled.discard(key)
        self._patience.forget(key)

    def due_in(self, key: BotKey) -> float | None:
        """Return in how many seconds to ask again about what is open; None where nothing is."""
        return self._patience.due_in(key)

    async def look(self, effective: Effective, sources: Sources, known: Known) -> Outcome:
        """Bring the Secret to what the sources hold.

        Raises:
            NameTaken: a Secret of the bot's name isn't this bot's.
            OperatorError: the API server didn't take the Secret, or failed on the way to a source; the second
                time in a row that is the outcome, for people to know.
        """
        bot = effective.identity.key
        outcome = await self._look(effective, sources, known)
        passing = outcome.problem.passing if outcome.problem else None
        if passing is None:
            self._stumbled.discard(bot)
        elif bot not in self._stumbled:
            self._stumbled.add(bot)
            raise passing
        return outcome

    async def _look(self, effective: Effective, sources: Sources, known: Known) -> Outcome:
        bot = effective.identity.key
        held = await self._keeper.delivered(effective.identity)
        needed = frozenset(key.name for key in effective.keys)
        usable = held if held is not None and held.keys >= needed else None
        try:
            wanted, found = await self._wanted(effective, sources)
        except CredentialsUnusable as problem:
            return Outcome(delivery=usable, problem=problem)
        in_place = held if held is not None and held.digest == wanted.digest and held.keys == needed else None
        if in_place is not None and _settled(in_place, effective):
            self._patience.forget(bot)
            return Outcome(delivery=in_place)
        standing = self._patience.standing(bot, wanted.digest)
        if standing is not None:
            return replace(standing, delivery=usable)
        told = known.refusal is not None and known.refusal.digest == wanted.digest
        if known.refusal is not None and told and not self._patience.knows(bot, wanted.digest):
            # Another process asked before; this one goes on waiting from there.
            return self._refused(bot, wanted, usable, known.refusal, at_least=0.0)
        return await self._bring(effective, sources, known, _Move(wanted, found, usable, in_place))

    async def _bring(self, effective: Effective, sources: Sources, known: Known, move: _Move) -> Outcome:
        bot, wanted = effective.identity.key, move.wanted
        try:
            values = await self._values(wanted, move.found, sources)
        except CredentialsUnusable as problem:
            outcome = Outcome(delivery=move.usable, problem=problem)
            if problem.reason in _STANDS_IN_THE_VERSION:
                self._patience.wait(bot, wanted.digest, outcome, certain=True, at_least=0.0)
            return outcome
        verdict = await self._verdict(effective, values, known, move)
        at_least = verdict.retry_after or 0.0
        if not verdict.deliver:
            if verdict.reason == "VerificationPending":
                return self._pending(bot, move, verdict, at_least)
            refusal = Refusal(
                version=wanted.version, digest=wanted.digest, reason=verdict.reason, message=verdict.message
            )
            return self._refused(bot, wanted, move.usable, refusal, at_least=at_least)
        delivery = replace(wanted, verdict=verdict)
        # A doubt that goes on is nothing new: the Secret says already that nobody could tell.
        if move.in_place is None or move.in_place.verdict is None or verdict.settled:
            await self._keeper.deliver(secret(effective.identity, delivery, values))
        outcome = Outcome(delivery=delivery)
        if verdict.settled:
            self._patience.forget(bot)
        else:
            self._patience.wait(bot, wanted.digest, outcome, certain=False, at_least=at_least)
        return outcome

    async def _verdict(
        self, effective: Effective, values: SecretValues, known: Known, move: _Move
    ) -> Verdict:
        if not effective.verify_credentials:
            return UNASKED
        before = move.usable.rotate if move.usable else None
        findings = await self._verifier.examine(
            keys=effective.keys,
            addresses=effective.addresses,
            values=values,
            fresh=move.wanted.rotate != before,
        )
        return judge(
            findings,
            replaces=move.usable is not None and move.in_place is None,
            application_id=effective.application_id or known.application_id,
        )

    def _pending(self, bot: BotKey, move: _Move, verdict: Verdict, at_least: float) -> Outcome:
        problem = CredentialsUnusable(
            verdict.reason, f"version {move.wanted.version} waits: {verdict.message}.", certain=False
        )
        outcome = Outcome(delivery=move.usable, problem=problem)
        self._patience.wait(bot, move.wanted.digest, outcome, certain=False, at_least=at_least)
        return outcome

    def _refused(
        self, bot: BotKey, wanted: Delivery, usable: Delivery | None, refusal: Refusal, *, at_least: float
    ) -> Outcome:
        problem = CredentialsUnusable(
            refusal.reason, f"version {refusal.version} is refused: {refusal.message}.", certain=True
        )
        outcome = Outcome(delivery=usable, problem=problem, refusal=refusal)
        self._patience.wait(bot, wanted.digest, outcome, certain=True, at_least=at_least)
        return outcome

    async def _wanted(self, effective: Effective, sources: Sources) -> tuple[Delivery, tuple[Found, ...]]:
        own = await sources.own.look()
        others = [await source.look() for _, _, source in sources.passwords]
        address = effective.vault.address if effective.vault and own.source.startswith("vault:") else ""
        keys = frozenset(key.name for key in effective.keys)
        content = {
            "address": address,
            "own": [own.source, own.version],
            "passwords": [
                [name, key, found.source, found.version]
                for (name, key, _), found in zip(sources.passwords, others, strict=True)
            ],
            "keys": sorted(keys),
            "rotate": sources.rotate,
        }
        wanted = Delivery(
            source=own.source,
            version=own.version,
            digest=digest(content),
            keys=keys,
            rotate=sources.rotate,
        )
        return wanted, (own, *others)

    async def _values(self, wanted: Delivery, found: tuple[Found, ...], sources: Sources) -> SecretValues:
        names = wanted.keys - {name for name, _, _ in sources.passwords}
        values = await sources.own.read(found[0], names)
        for (name, key, source), version in zip(sources.passwords, found[1:], strict=True):
            read = await source.read(version, frozenset({key}))
            values = values.merged(SecretValues({name: read.reveal(key)}))
        return values


@dataclass(frozen=True, slots=True)
class _Move:
    """From what to what: ``usable`` is what the pods can go on with, ``in_place`` that it is the newest."""

    wanted: Delivery
    found: tuple[Found, ...]
    usable: Delivery | None
    in_place: Delivery | None


def _settled(held: Delivery, effective: Effective) -> bool:
    if held.verdict is None:
        return False
    asked = held.verdict.reason != UNASKED.reason
    return held.verdict.settled and asked == effective.verify_credentials
