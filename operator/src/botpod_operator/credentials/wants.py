"""What a bot shall have by its sources: which versions of what, and their values when they are needed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from botpod_credentials.values import SecretValues
from botpod_operator.credentials.delivery import Delivery
from botpod_operator.digests import digest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from botpod_operator.credentials.port import Found, Source
    from botpod_operator.effective import Effective


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where one bot's values come from: its own source, and the class's passwords by key name."""

    own: Source
    passwords: tuple[tuple[str, str, Source], ...] = ()
    """Key name in the pod, key name in the source, source."""
    rotate: str | None = None
    """The owner's request to take everything anew; another text is another request."""


async def wanted(effective: Effective, sources: Sources) -> tuple[Delivery, tuple[Found, ...]]:
    """Return what shall be delivered, and what each source has.

    Raises:
        CredentialsUnusable: a source can't tell.
    """
    own = await sources.own.look()
    others = [await source.look() for _, _, source in sources.passwords]
    delivery = Delivery(
        source=own.source,
        version=own.version,
        digest="",
        keys=frozenset(key.name for key in effective.keys),
        rotate=sources.rotate,
    )
    passwords = [
        [name, key, found.source, found.version]
        for (name, key, _), found in zip(sources.passwords, others, strict=True)
    ]
    return replace(delivery, digest=digest_of(effective, delivery, passwords)), (own, *others)


def digest_of(effective: Effective, delivery: Delivery, passwords: Sequence[Sequence[str]] = ()) -> str:
    """Return what stands for a delivery from the places that are in force now.

    ``passwords`` are key name, key in the source, source and version of each of the class's.
    """
    from_vault = effective.vault is not None and delivery.source.startswith("vault:")
    return digest(
        {
            "address": effective.vault.address if effective.vault and from_vault else "",
            "own": [delivery.source, delivery.version],
            "passwords": passwords,
            "keys": sorted(delivery.keys),
            "rotate": delivery.rotate,
        }
    )


async def values(wanted: Delivery, found: tuple[Found, ...], sources: Sources) -> SecretValues:
    """Return the values of what was found.

    Raises:
        CredentialsUnusable: a source doesn't give them.
    """
    names = wanted.keys - {name for name, _, _ in sources.passwords}
    read = await sources.own.read(found[0], names)
    for (name, key, source), version in zip(sources.passwords, found[1:], strict=True):
        password = await source.read(version, frozenset({key}))
        read = read.merged(SecretValues({name: password.reveal(key)}))
    return read
