"""Why a service couldn't be asked, in our own words: a library's text may quote what it was to send."""

from __future__ import annotations

import socket
import ssl

NOT_TRUSTED = "no TLS connection could be made; it needs a certificate for its name by a CA trusted here"
NO_NAME = "its name can't be found"
NOT_REACHED = "it can't be reached"
UNREADABLE = "its address can't be read"
BROKEN_OFF = "it broke off its answer"


def words(error: Exception, *, seconds: float) -> str:
    """Return what went wrong on the way; ``seconds`` is how long was waited."""
    if isinstance(error, TimeoutError):
        return f"it didn't answer within {seconds:g} s"
    if isinstance(error, ssl.SSLError):
        return NOT_TRUSTED
    if isinstance(error, socket.gaierror):
        return NO_NAME
    if isinstance(error, (ConnectionResetError, BrokenPipeError, EOFError)):
        return BROKEN_OFF
    if isinstance(error, OSError):
        return NOT_REACHED
    if isinstance(error, ValueError):  # after TLS, whose certificate errors are ValueErrors too
        return UNREADABLE
    return f"its answer can't be read ({type(error).__name__})"
