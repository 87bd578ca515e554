"""Secrets in Discord's shape; throw-away ones, made here and worth nothing elsewhere."""

from __future__ import annotations

import base64
import secrets

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def bot_token(bot_user_id: int) -> str:
    """Return a new bot token: the id in base64, a stamp, a secret."""
    head = base64.urlsafe_b64encode(str(bot_user_id).encode()).decode().rstrip("=")
    return f"{head}.{secrets.token_urlsafe(4)}.{secrets.token_urlsafe(28)}"


def interaction_token(interaction_id: int) -> str:
    """Return a new interaction token."""
    written = f"interaction:{interaction_id}:{secrets.token_urlsafe(96)}"
    return base64.urlsafe_b64encode(written.encode()).decode().rstrip("=")


def interaction_id_in(token: str) -> int | None:
    """Return the id that an interaction token carries, or None if it isn't one."""
    try:
        written = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
        kind, number, _ = written.split(":", 2)
        return int(number) if kind == "interaction" else None
    except ValueError:
        return None


def session_id() -> str:
    """Return a new gateway session id."""
    return secrets.token_hex(16)


def key_pair() -> tuple[str, bytes]:
    """Return a new Ed25519 key to verify with, in 64 hexadecimal digits, and the one to sign with."""
    private = Ed25519PrivateKey.generate()
    return private.public_key().public_bytes_raw().hex(), private.private_bytes_raw()
