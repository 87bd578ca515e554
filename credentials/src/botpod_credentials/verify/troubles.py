"""Why a service couldn't be asked, in our own words: a library's text may quote what it was to send."""

from __future__ import annotations

import socket
import ssl

NOT_TRUSTED = "no TLS connection could be made; it needs a certificate for its name by a CA trusted here"
NO_NAME = "its name can't be found"
NOT_REACHED = "it can't be reached"
UNREADABLE = "its address can't be read"
BROKEN_OFF = "it broke off its answer"


_WORDS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    (ssl.SSLError, NOT_TRUSTED),
    (socket.gaierror, NO_NAME),
    ((ConnectionResetError, BrokenPipeError, EOFError), BROKEN_OFF),
    (OSError, NOT_REACHED),
    (ValueError, UNREADABLE),
)
"""The first that fits: a certificate that isn't trusted is an OSError and a ValueError too."""


def words(error: Exception, *, seconds: float) -> str:
    """Return what went wrong on the way; ``seconds`` is how long was waited."""
    if isinstance(error, TimeoutError):
        return f"it didn't answer within {seconds:g} s"
    found = (text for kinds, text in _WORDS if isinstance(error, kinds))
    return next(found, f"its answer can't be read ({type(error).__name__})")
