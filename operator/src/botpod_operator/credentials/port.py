"""What the rest asks of anything that holds credentials or judges them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from botpod_credentials.addresses import Addresses
    from botpod_credentials.values import SecretValues
    from botpod_credentials.verify.answers import Finding
    from botpod_operator.api.credentials import Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a source has now: where, and at which version."""

    source: str
    version: str


class Source(Protocol):
    """Something that holds one bot's credentials: a Vault entry, a Secret.

    Both calls raise :class:`~botpod_credentials.errors.CredentialsUnusable`.
    """

    async def look(self) -> Found:
        """Return what there is now, without reading a value."""

    async def read(self, found: Found, names: frozenset[str]) -> SecretValues:
        """Return the values of ``names`` at exactly that version."""


class Verifier(Protocol):
    """Asks those who will receive credentials whether they accept them."""

    async def examine(
        self, *, keys: tuple[Key, ...], addresses: Addresses, values: SecretValues, fresh: bool = False
    ) -> tuple[Finding, ...]:
        """Return a finding for each key; ``fresh`` asks again what was answered before."""
