"""The seed that all accounts' passwords come from: 32 random bytes in a Secret beside the operator."""

from __future__ import annotations

import asyncio
import base64
import binascii
import secrets
from typing import TYPE_CHECKING, Any, Protocol

from botpod_credentials.errors import CredentialsUnusable
from botpod_credentials.values import Hidden
from botpod_operator.errors import Conflict, OperatorError, Transient
from botpod_operator.identity import MANAGED_BY
from botpod_operator.kube.resources import SECRET

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod_operator.kube.resources import Resource

NAME = "botpod-accounts-seed"
KEY = "seed"
LENGTH = 32
KEPT_SECONDS = 30.0
"""How long what was read stands: all bots' looks within that time share one reading."""


class Secrets(Protocol):
    """Whoever holds the Secrets of the operator's namespace (the API server)."""

    async def secret(self, *, namespace: str, name: str) -> dict[str, Any] | None:
        """Return the Secret, or None where there is none."""

    async def create(self, resource: Resource, manifest: dict[str, Any]) -> dict[str, Any]:
        """Create an object. Raises :class:`~botpod_operator.errors.Conflict` where there is one."""


class SecretValues:
    """Reads Secrets of one namespace, each at most every :data:`KEPT_SECONDS`; makes the seed's once."""

    def __init__(self, *, api: Secrets, namespace: str, clock: Callable[[], float]) -> None:
        self._api = api
        self._namespace = namespace
        self._clock = clock
        self._kept: dict[tuple[str, str], tuple[float, Hidden]] = {}
        self._turn = asyncio.Lock()

    async def seed(self) -> bytes:
        """Return the seed.

        Raises:
            CredentialsUnusable: it can't be read or made.
        """
        text = await self.value(NAME, KEY, field="the Secret with the seed of the bots' accounts")
        return text.reveal().encode()

    async def value(self, name: str, key: str, *, field: str) -> Hidden:
        """Return one value; ``field`` says in a sentence who names it.

        Raises:
            CredentialsUnusable: it can't be read.
        """
        async with self._turn:
            until, kept = self._kept.get((name, key), (0.0, None))
            if kept is not None and self._clock() < until:
                return kept
            found = await self._read(name, key, field)
            self._kept[name, key] = self._clock() + KEPT_SECONDS, found
            return found

    def forget(self, name: str, key: str) -> None:
        """Read a value anew when it is asked for: somebody refused it."""
        self._kept.pop((name, key), None)

    async def _read(self, name: str, key: str, field: str) -> Hidden:
        where = f'Secret "{name}" in namespace "{self._namespace}"'
        try:
            secret = await self._api.secret(namespace=self._namespace, name=name)
            if secret is None and name == NAME:
                secret = await self._made()
        except OperatorError as error:
            raise CredentialsUnusable(
                "SecretUnreadable",
                f"{where} can't be read: {error}",
                certain=not isinstance(error, Transient),
                passing=error if isinstance(error, Transient) else None,
            ) from None
        if secret is None:
            raise CredentialsUnusable(
                "SecretNotFound", f"there is no {where}; create it or correct {field}.", certain=True
            )
        try:
            return Hidden(base64.b64decode(secret["data"][key]).decode().removesuffix("\n"))
        except (KeyError, TypeError, binascii.Error, UnicodeDecodeError):
            raise CredentialsUnusable(
                "KeyMissing", f"{where} has no {key}; add it or correct {field}.", certain=True
            ) from None

    async def _made(self) -> dict[str, Any] | None:
        """Make the seed; where another operator was faster, take that one's."""
        text = base64.b64encode(secrets.token_bytes(LENGTH))
        manifest = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": NAME, "namespace": self._namespace, "labels": MANAGED_BY},
            "type": "Opaque",
            "immutable": True,
            "data": {KEY: base64.b64encode(text).decode()},
        }
        try:
            return await self._api.create(SECRET, manifest)
        except Conflict:
            return await self._api.secret(namespace=self._namespace, name=NAME)
