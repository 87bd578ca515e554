"""Whether Discord signed a request, and whether it did so just now. Pure."""

from __future__ import annotations

import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

WINDOW_SECONDS = 300.0
"""How far a request's time may be from ours. Discord counts a refused request against the endpoint and takes
its address away in the end, so this leaves room for clocks that are off; what is sent again within it finds
its event handled (the ledger of ``botpod.inbox`` remembers an hour)."""
_SIGNATURE = re.compile(r"[0-9a-fA-F]{128}")
_TIMESTAMP = re.compile(r"[0-9]{1,15}")


class VerifyKey:
    """An application's public key as Discord tells it: 64 hexadecimal digits, else ValueError is raised."""

    def __init__(self, text: str) -> None:
        self._key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(text))

    def signed(self, body: bytes, *, signature: str, timestamp: str) -> bool:
        """Say whether ``signature`` is this key's of exactly ``timestamp`` and the raw ``body``."""
        if not _SIGNATURE.fullmatch(signature) or not _TIMESTAMP.fullmatch(timestamp):
            return False
        try:
            self._key.verify(bytes.fromhex(signature), timestamp.encode() + body)
        except InvalidSignature:
            return False
        return True


def fresh(timestamp: str, *, now: float) -> bool:
    """Say whether ``timestamp``, seconds since the epoch in digits, is near enough to ``now``."""
    return abs(now - int(timestamp)) <= WINDOW_SECONDS
