"""What the process beside the bot is told to take from Vault, and to try; no value is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_credentials.pod.order import Order, OrderedKey, OrderedVault, Version

if TYPE_CHECKING:
    from botpod_operator.credentials.delivery import Delivery, Outcome
    from botpod_operator.effective import Effective


def order(effective: Effective, outcome: Outcome, *, application_id: str | None) -> Order | None:
    """Return the order; None where the pods take nothing from Vault themselves.

    ``application_id`` is the Discord application that the bot is known to be.
    """
    vault, entry = effective.vault, effective.entry
    if not effective.direct or vault is None or entry is None:
        return None
    identity = effective.identity
    return Order(
        keys=tuple(OrderedKey(name=key.name, kind=key.kind) for key in effective.own_keys),
        passwords=tuple(sorted(key.name for key in effective.state.passwords)),
        vault=OrderedVault(
            address=vault.address,
            ca_bundle=vault.ca_bundle,
            namespace=vault.namespace,
            auth_mount=vault.auth_mount,
            kv_mount=vault.kv_mount,
            path=entry.path,
            role=entry.role or identity.name,
            account=f"{identity.namespace}/{identity.child}",
        ),
        addresses=effective.addresses,
        verify=effective.verify_credentials,
        application_id=effective.application_id or application_id,
        delivered=_version(outcome.delivery),
        trial=_version(outcome.trial),
    )


def _version(delivery: Delivery | None) -> Version | None:
    return Version(version=int(delivery.version), digest=delivery.digest) if delivery else None
