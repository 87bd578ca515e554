"""Notice, verify, deliver: keeps a bot's Secret at what its source holds.

A value is read only when something about where it comes from changed; values are applied and forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from botpod_operator.credentials.delivery import Delivery, Outcome
from botpod_operator.credentials.values import SecretValues
from botpod_operator.desired.secret import secret
from botpod_operator.digests import digest
from botpod_operator.errors import CredentialsUnusable

if TYPE_CHECKING:
    from botpod_operator.credentials.port import Found, Source, Verifier
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where one bot's values come from: its own source, and the class's passwords by key name."""

    own: Source
    passwords: tuple[tuple[str, str, Source], ...]
    """Key name in the pod, key name in the source, source."""


class Courier:
    """Keeps Secrets current; remembers what was refused so that it isn't read again each time."""

    def __init__(self, *, keeper: SecretKeeper, verifier: Verifier) -> None:
        self._keeper = keeper
        self._verifier = verifier
        self._refused: dict[BotKey, tuple[str, CredentialsUnusable]] = {}

    def forget(self, key: BotKey) -> None:
        """Forget a bot that is gone."""
        self._refused.pop(key, None)

    async def look(self, effective: Effective, sources: Sources) -> Outcome:
        """Bring the Secret to what the sources hold.

        Raises:
            NameTaken: a Secret of the bot's name isn't this bot's.
            OperatorError: the API server didn't take the Secret.
        """
        identity = effective.identity
        held = await self._keeper.delivered(identity)
        needed = frozenset(key.name for key in effective.keys)
        usable = held if held is not None and held.keys >= needed else None
        try:
            wanted, found = await self._wanted(effective, sources)
            if held is not None and held.digest == wanted.digest and held.keys == needed:
                return Outcome(delivery=held)
            self._raise_refused(identity.key, wanted)
            values = await self._values(identity.key, wanted, found, sources)
            verdict = await self._verifier.verify(identity, effective, values)
        except CredentialsUnusable as problem:
            return Outcome(delivery=usable, problem=problem)
        if not verdict.accepted:
            refusal = CredentialsUnusable(verdict.reason, verdict.message, certain=True)
            return Outcome(delivery=usable, problem=refusal)
        delivery = replace(wanted, verdict=verdict)
        await self._keeper.deliver(secret(identity, delivery, values))
        self._refused.pop(identity.key, None)
        return Outcome(delivery=delivery)

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
        }
        wanted = Delivery(source=own.source, version=own.version, digest=digest(content), keys=keys)
        return wanted, (own, *others)

    async def _values(
        self, bot: BotKey, wanted: Delivery, found: tuple[Found, ...], sources: Sources
    ) -> SecretValues:
        """Read every value; what can't work at this version is remembered."""
        try:
            names = wanted.keys - {name for name, _, _ in sources.passwords}
            values = await sources.own.read(found[0], names)
            for (name, key, source), version in zip(sources.passwords, found[1:], strict=True):
                read = await source.read(version, frozenset({key}))
                values = values.merged(SecretValues({name: read.reveal(key)}))
        except CredentialsUnusable as problem:
            if problem.certain and problem.reason in {"KeyMissing", "KeyEmpty"}:
                self._refused[bot] = (wanted.digest, problem)
            raise
        return values

    def _raise_refused(self, bot: BotKey, wanted: Delivery) -> None:
        refused, problem = self._refused.get(bot, ("", None))
        if problem is not None and refused == wanted.digest:
            raise problem
