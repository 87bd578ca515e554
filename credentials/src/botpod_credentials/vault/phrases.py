"""What Vault says when it denies something, in our own sentences. Pure.

Nothing that a server wrote is ever quoted: one that echoes puts the token it was sent into a status that
others read. What isn't known is told by its number alone, and Vault's own logs have the rest.
"""

from __future__ import annotations

from typing import Any

MOST_TEXTS, MOST_CHARACTERS = 8, 4096
"""What is looked at of an answer."""

_KNOWN: tuple[tuple[str, str], ...] = (
    # The jwt and kubernetes mounts, on a login.
    ("could not be found", "it has no such role on this mount"),
    ("invalid role name", "it has no such role on this mount"),
    ("missing role", "it was told no role"),
    ("audience claim does not match", "the role is bound to another audience"),
    ("invalid audience (aud) claim", "the role is bound to another audience"),
    ("invalid subject (sub) claim", "the role is bound to another ServiceAccount"),
    ("sub claim does not match", "the role is bound to another ServiceAccount"),
    ("service account name not authorized", "the role isn't for this ServiceAccount's name"),
    ("namespace not authorized", "the role isn't for this ServiceAccount's namespace"),
    ("does not match any associated bound claim", "the role is bound to other claims"),
    ("invalid issuer (iss) claim", "the mount expects tokens of another issuer"),
    ("no known key successfully validated", "the mount doesn't know the key that signed the token"),
    ("error verifying token signature", "the mount can't verify the token's signature"),
    ("token is expired", "the token has expired; compare the clocks"),
    ("token not yet valid", "the token isn't valid yet; compare the clocks"),
    ("could not load configuration", "the mount isn't configured"),
    ("lookup failed", "the API server doesn't confirm the token to it"),
    # Vault itself.
    ("no handler for route", "nothing is mounted there"),
    ("unsupported path", "nothing is mounted there"),
    ("quota exceeded", "a rate limit of its is used up"),
    ("sealed", "it is sealed"),
    ("not initialized", "it isn't initialised"),
    ("permission denied", "permission denied"),
    ("invalid token", "permission denied"),
)
"""The first that is in what Vault says; from its sources and its plugins', of 1.13 to 1.21."""

SEALED = "it is sealed"


def known_phrase(content: dict[str, Any]) -> str | None:
    """Return what an answer's ``errors`` mean, None where nothing in them is known."""
    errors = content.get("errors")
    texts = [one for one in errors[:MOST_TEXTS] if isinstance(one, str)] if isinstance(errors, list) else []
    said = " ".join(" ".join(texts)[:MOST_CHARACTERS].lower().split())
    return next((ours for theirs, ours in _KNOWN if theirs in said), None)


def phrase(status: int, content: dict[str, Any]) -> str:
    """Return why Vault denied something."""
    return known_phrase(content) or unexpected(status)


def unexpected(status: int) -> str:
    """Return what there is to say of an answer that nobody knows."""
    return f"it answered {status} with something unexpected; see Vault's own log"
