"""The field with the certificates that are trusted for one service."""

from typing import Any

from pydantic import Field

from botpod_operator.api.base import cel, rules


def ca_bundle(path: str) -> Any:
    """Return the field ``caBundle``; ``path`` is how the rule's sentence names it."""
    return Field(
        default=None,
        description="Certificates (PEM) to trust for it; left out: the system's.",
        max_length=65_536,
        json_schema_extra=rules(
            cel(
                "self.contains('-----BEGIN CERTIFICATE-----')",
                f"{path}: paste PEM certificates, beginning with -----BEGIN CERTIFICATE-----",
            )
        ),
    )
