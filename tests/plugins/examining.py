"""Asking about one credential, as short as tests want it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botpod_credentials.addresses import Addresses
from botpod_credentials.values import SecretValues
from botpod_operator.api.credentials import Key

if TYPE_CHECKING:
    from botpod_credentials.verify.answers import Finding
    from botpod_credentials.verify.examiner import Examiner
    from botpod_operator.api.credentials import Kind

NOBODY = "http://127.0.0.1:9"
"""The discard port of this machine: nothing listens there."""


def addresses(**given: Any) -> Addresses:
    """Return addresses of which all but the given ones lead nowhere."""
    nowhere: dict[str, Any] = {
        "discord": NOBODY,
        "github": NOBODY,
        "openai": NOBODY,
        "anthropic": NOBODY,
        "azure_openai": None,
        "azure_api_version": None,
        "redis": None,
        "postgresql": None,
    }
    return Addresses(**(nowhere | given))


async def ask(examiner: Examiner, kind: Kind, value: str, *, fresh: bool = False, **where: Any) -> Finding:
    """Ask about one value."""
    (found,) = await examiner.examine(
        keys=(Key(name="the-key", kind=kind),),
        addresses=addresses(**where),
        values=SecretValues({"the-key": value}),
        fresh=fresh,
    )
    return found
