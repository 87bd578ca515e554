"""Makes sure that what a source holds can be used, and hides it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_credentials.errors import CredentialsUnusable
from botpod_credentials.values import SecretValues

if TYPE_CHECKING:
    from collections.abc import Mapping


def texts(data: Mapping[str, object], *, where: str) -> SecretValues:
    """Hide values, after making sure that each is a text and not empty.

    Raises:
        CredentialsUnusable: one isn't; the text names it and ``where`` it is.
    """
    for name, value in sorted(data.items()):
        if not isinstance(value, str) or not value.strip():
            raise CredentialsUnusable(
                "KeyEmpty", f"{name} at {where} is empty or not a text; write its value.", certain=True
            )
    return SecretValues({name: str(value) for name, value in data.items()})
