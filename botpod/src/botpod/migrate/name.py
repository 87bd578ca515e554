"""A BotInstance's name from whatever a bot was called before. Pure."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 40
"""What a BotInstance's name may have."""


def resource_name(text: str) -> str:
    """Return ``text`` as a DNS label of at most 40 characters, ``bot`` where nothing of it can stay."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST].rstrip("-") or "bot"
