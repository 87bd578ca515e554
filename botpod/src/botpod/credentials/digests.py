"""What may be shown of a credential, to tell one version from another."""

from __future__ import annotations

import hashlib

_ROUNDS = 50_000
_LENGTH = 12


def digest(name: str, value: str) -> str:
    """Return 12 hexadecimal digits that stand for ``value``.

    Slow (tens of milliseconds), so that a weak password can't be found by trying many.
    """
    return hashlib.pbkdf2_hmac("sha256", value.encode(), f"botpod/{name}".encode(), _ROUNDS).hex()[:_LENGTH]
