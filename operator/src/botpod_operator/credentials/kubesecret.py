"""A Secret as a source, for those without Vault."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any, Protocol

from botpod_credentials.errors import CredentialsUnusable
from botpod_credentials.texts import texts
from botpod_operator.credentials.port import Found
from botpod_operator.errors import OperatorError, Transient

if TYPE_CHECKING:
    from botpod_credentials.values import SecretValues


class SecretReader(Protocol):
    """Whoever can read Secrets (the API server)."""

    async def secret(self, *, namespace: str, name: str) -> dict[str, Any] | None:
        """Return the Secret, or None where there is none."""

    async def secret_metadata(self, *, namespace: str, name: str) -> dict[str, Any] | None:
        """Return its metadata without any value, or None."""


class KubeSecretSource:
    """One Secret in a namespace; its resourceVersion is the version."""

    def __init__(self, *, namespace: str, name: str, field: str, reader: SecretReader) -> None:
        self._namespace = namespace
        self._name = name
        self._field = field
        self._reader = reader

    async def look(self) -> Found:
        """Read the Secret's metadata."""
        found = await self._ask(self._reader.secret_metadata(namespace=self._namespace, name=self._name))
        metadata = found["metadata"]
        return Found(
            source=f"secret:{self._namespace}/{self._name}/{metadata['uid']}",
            version=metadata["resourceVersion"],
        )

    async def read(self, found: Found, names: frozenset[str]) -> SecretValues:
        """Read the Secret and keep what was asked for."""
        secret = await self._ask(self._reader.secret(namespace=self._namespace, name=self._name))
        if secret["metadata"]["resourceVersion"] != found.version:
            raise CredentialsUnusable(
                "SecretChanging", f"{self._where} changed while it was read.", certain=False
            )
        data = secret.get("data") or {}
        missing = sorted(names - set(data))
        if missing:
            raise CredentialsUnusable(
                "KeyMissing",
                f"{self._where} has no {' and no '.join(missing)}; add it or correct {self._field}.",
                certain=True,
            )
        return texts({name: _decoded(data[name]) for name in names}, where=self._where)

    @property
    def _where(self) -> str:
        return f'Secret "{self._name}" in namespace "{self._namespace}"'

    async def _ask(self, call: Any) -> dict[str, Any]:
        try:
            found: dict[str, Any] | None = await call
        except OperatorError as error:
            raise CredentialsUnusable(
                "SecretUnreadable",
                f"{self._where} can't be read: {error}",
                certain=not isinstance(error, Transient),
                passing=error if isinstance(error, Transient) else None,
            ) from None
        if found is None:
            raise CredentialsUnusable(
                "SecretNotFound",
                f"there is no {self._where}; create it or correct {self._field}.",
                certain=True,
            )
        return found


def _decoded(value: str) -> str | None:
    try:
        return base64.b64decode(value).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
