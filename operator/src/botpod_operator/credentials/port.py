"""What the rest asks of anything that holds credentials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from botpod_operator.credentials.values import SecretValues
    from botpod_operator.effective import Effective
    from botpod_operator.identity import Identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a source has now: where, and at which version."""

    source: str
    version: str


class Source(Protocol):
    """Something that holds one bot's credentials: a Vault entry, a Secret.

    Both calls raise :class:`~botpod_operator.errors.CredentialsUnusable`.
    """

    async def look(self) -> Found:
        """Return what there is now, without reading a value."""

    async def read(self, found: Found, names: frozenset[str]) -> SecretValues:
        """Return the values of ``names`` at exactly that version."""


class Verifier(Protocol):
    """Tries credentials before they replace those in use."""

    async def verify(self, identity: Identity, effective: Effective, values: SecretValues) -> Verdict:
        """Return what the services that will receive the values say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether values may be delivered, and what the condition says: its message begins in lower case."""

    accepted: bool
    verified: bool
    reason: str
    message: str


class Unverified:
    """Accepts everything and says that nothing was tried."""

    async def verify(self, identity: Identity, effective: Effective, values: SecretValues) -> Verdict:
        """Accept without asking anybody."""
        del identity, effective, values
        return Verdict(
            accepted=True,
            verified=False,
            reason="NotVerifiedYet",
            message="delivered to the pods; nobody was asked yet whether they are accepted",
        )
