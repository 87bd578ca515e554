"""Makes what a person typed safe to pass on."""

from __future__ import annotations

from botpod.guards.invisible import BLANKS, visible

MAX_CHARACTERS = 4000


def sanitise(text: str, *, limit: int = MAX_CHARACTERS) -> str:
    """Return the first ``limit`` characters of ``text``, without what nobody sees and blanks around them.

    Tabs and line ends stay, so that code survives. The cut comes first: it may end in a blank, and what
    leaves is always trimmed. What was made safe stays as it is.
    """
    return visible(text[:limit]).strip(BLANKS)
