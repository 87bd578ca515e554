"""The last line of defence: takes secrets out of a text that is about to leave the process."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

HIDDEN = "[hidden]"
_SHORTEST = 4
"""A shorter value would be found all over the place."""
_SHAPES = re.compile(
    r"""
      (?P<keep>\b(?:Bearer|Bot|Basic)\s+)[A-Za-z0-9._~+/=-]{16,}   # an Authorization header
    | (?<![A-Za-z0-9_-])[A-Za-z0-9_-]{23,28}\.[A-Za-z0-9_-]{6,7}\.[A-Za-z0-9_-]{27,}   # a Discord token
    | \b(?:sk|pk|rk)-[A-Za-z0-9_-]{16,}                            # OpenAI, Anthropic
    | \bgh[pousr]_[A-Za-z0-9]{20,} | \bgithub_pat_[A-Za-z0-9_]{20,}
    | \bhv[sbr]\.[A-Za-z0-9_-]{20,} | \bs\.[A-Za-z0-9]{24}\b         # Vault, the second before 1.10
    | \beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*      # a JWT
    | (?P<path>\b(?:webhooks|interactions)/[0-9]{1,20}/)(?!messages)[A-Za-z0-9_.~=-]{16,}   # a path's token
    | \baW50ZXJhY3Rpb246[A-Za-z0-9+/=_-]+                          # an interaction's token: "interaction:"
    | (?P<name>(?i:authorization|api[-_]key|x-vault-token|cookie)\\?["']?\s*[:=,]\s*b?\\?["']?)
      (?!(?:Bearer|Bot|Basic)\s)[A-Za-z0-9+/=._~:;-]{8,}           # a header's value
    | (?P<user>\b[a-z][a-z0-9+.-]*://[^\s:/@"]*:)[^\s/@"]+(?=@)    # a password in a URL
    """,
    re.VERBOSE,
)

_HINTS: tuple[str, ...] = (
    *("Bearer", "Bot", "Basic", "sk-", "pk-", "rk-", "hvs.", "hvb.", "hvr.", "://", "eyJ"),
    *("webhooks/", "interactions/", "aW50ZXJhY3Rpb246"),
    *("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
)
_PARTS = re.compile(
    r"\.[A-Za-z0-9_-]{6,7}\.|\bs\.[A-Za-z0-9]{24}|(?i:authorization|api[-_]key|x-vault-token|cookie)"
)


def _may_hold_any(text: str) -> bool:
    """Say whether one of the shapes may be there: to look for them costs more than all else of a line."""
    return any(hint in text for hint in _HINTS) or _PARTS.search(text) is not None


class Redactor:
    """Hides the values that ``secrets`` returns, and whatever is shaped like a credential."""

    def __init__(self, secrets: Callable[[], Iterable[str]] = tuple) -> None:
        self._secrets = secrets
        self._known: frozenset[str] = frozenset()
        self._pattern: re.Pattern[str] | None = None

    def __call__(self, text: str) -> str:
        """Return ``text`` without secrets, also where they stand JSON-escaped."""
        pattern = self._present()
        if pattern is not None:
            text = pattern.sub(HIDDEN, text)
        return _SHAPES.sub(_hide, text) if _may_hold_any(text) else text

    def _present(self) -> re.Pattern[str] | None:
        secrets = frozenset(secret for secret in self._secrets() if len(secret) >= _SHORTEST)
        if secrets != self._known:
            written = secrets | {json.dumps(secret)[1:-1] for secret in secrets}
            longest_first = sorted(written, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, longest_first))) if written else None
            self._known = secrets
        return self._pattern


def _hide(found: re.Match[str]) -> str:
    return (found["keep"] or found["user"] or found["path"] or found["name"] or "") + HIDDEN
