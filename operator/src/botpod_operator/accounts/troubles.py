"""Why an account can't be made, in our own words: a library's text may quote what was sent."""

from __future__ import annotations

from botpod_credentials.errors import CredentialsUnusable
from botpod_credentials.verify.troubles import words

UNREACHABLE, REFUSED, NOT_MADE = "AccountServerUnreachable", "AccountAdminRefused", "AccountNotMade"
ACCOUNTS = frozenset({UNREACHABLE, REFUSED, NOT_MADE})
"""The reasons of what is in the way of an account."""


def unreachable(service: str, error: Exception, *, seconds: float) -> CredentialsUnusable:
    """Say that nothing came of a call to ``service``."""
    return CredentialsUnusable(
        UNREACHABLE,
        f"the bot's own account in {service} can't be looked after: {words(error, seconds=seconds)}.",
        certain=False,
    )


def not_made(service: str, error: Exception, *, seconds: float) -> CredentialsUnusable:
    """Say that a server answers, and yet nothing came of this bot's account: no word on the others'."""
    return CredentialsUnusable(
        NOT_MADE,
        f"the bot's own account in {service} can't be made now: {words(error, seconds=seconds)}.",
        certain=False,
    )


def refused(service: str, text: str) -> CredentialsUnusable:
    """Say that ``service`` doesn't let the administrator do it; ``text`` says what to do."""
    return CredentialsUnusable(
        REFUSED, f"the bot's own account in {service} can't be made: {text}.", certain=True
    )
