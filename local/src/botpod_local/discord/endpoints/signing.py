"""The two headers by which an endpoint knows that a request is Discord's. Pure."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SIGNATURE, TIMESTAMP = "X-Signature-Ed25519", "X-Signature-Timestamp"


def signed(body: bytes, *, private_key: bytes, now: float) -> dict[str, str]:
    """Return the headers for ``body``, sent at ``now`` (Unix seconds)."""
    timestamp = str(int(now))
    signature = Ed25519PrivateKey.from_private_bytes(private_key).sign(timestamp.encode() + body)
    return {SIGNATURE: signature.hex(), TIMESTAMP: timestamp}
