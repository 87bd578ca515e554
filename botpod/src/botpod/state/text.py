"""A session as it is kept."""

from __future__ import annotations

import json
from dataclasses import fields
from operator import attrgetter

from botpod.state.port import Session

_NAMES = tuple(field.name for field in fields(Session))
_values = attrgetter(*_NAMES)


def session_text(session: Session | None) -> str:
    """Return a session as text; nothing for none."""
    return "" if session is None else json.dumps(dict(zip(_NAMES, _values(session), strict=True)))


def session_in(text: str | None) -> Session | None:
    """Return the session that :func:`session_text` has written, by whichever version."""
    if not text:
        return None
    said = json.loads(text)
    return Session(**{name: said[name] for name in _NAMES if name in said})
