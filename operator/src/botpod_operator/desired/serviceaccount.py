"""The ServiceAccount: who the bot is for Vault. Its token is never mounted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_operator.desired.manifest import Manifest, head

if TYPE_CHECKING:
    from botpod_operator.identity import Identity


def serviceaccount(identity: Identity) -> Manifest:
    """Return the ServiceAccount."""
    return {
        **head(identity, api_version="v1", kind="ServiceAccount"),
        "automountServiceAccountToken": False,
    }
