"""Tells a value that somebody still has to fill in from one that somebody chose."""

from __future__ import annotations

import re

_PLACEHOLDER = re.compile(
    r"""
      ^<.*>$ | ^\[.*\]$ | ^\{.*\}$                       # <token>
    | \byour[-_ ]                                        # your-token-here
    | ^(?:put|insert|paste|enter|add)[-_ ].*here$
    | [-_ ]here$
    # change_me_in_production, GENERATE_SECURE_KEY
    | ^(?:generate|replace|change|fill)[-_ ]?(?:me|this|in|it|with|secure|a)?(?:[-_ ].*)?$
    | ^(?:x{3,}|\*{3,}|\.{3}|…|todo|tbd|none|null|token|placeholder|example|changeme)$
    | ^(?:sk|pk)-(?:ant-)?(?:x{3,}|\.{3}|…|your.*)$
    """,
    re.VERBOSE | re.IGNORECASE,
)


def is_placeholder(value: str) -> bool:
    """Return whether ``value`` only marks where a real one belongs."""
    return _PLACEHOLDER.search(value) is not None
