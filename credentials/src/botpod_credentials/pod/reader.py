"""Reads one version from Vault as the pod's own ServiceAccount."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import TYPE_CHECKING

from botpod_credentials.errors import CredentialsUnusable
from botpod_credentials.values import Hidden
from botpod_credentials.vault.api import VaultApi

if TYPE_CHECKING:
    from pathlib import Path

    from botpod_credentials.pod.order import Order
    from botpod_credentials.values import SecretValues
    from botpod_credentials.vault.wire import Wire

READ_SECONDS = 15.0
"""The most a login and a reading may take."""


class VaultReader:
    """Logs in for each reading: they are rare, and a token that isn't kept can't be lost."""

    def __init__(self, *, token_file: Path, wire: Wire, seconds: float = READ_SECONDS) -> None:
        self._token_file = token_file
        self._wire = wire
        self._seconds = seconds

    async def read(self, order: Order, version: int) -> SecretValues:
        """Return the ordered keys' values. Raises :class:`CredentialsUnusable`."""
        try:
            async with asyncio.timeout(self._seconds):
                return await self._read(order, version)
        except TimeoutError:
            raise CredentialsUnusable(
                "VaultUnreachable",
                f"Vault at {order.vault.address} didn't answer in {self._seconds:g} s.",
                certain=False,
            ) from None

    async def _read(self, order: Order, version: int) -> SecretValues:
        vault = order.vault
        api = VaultApi(vault, wire=self._wire, now=lambda: dt.datetime.now(dt.UTC))
        who = f"ServiceAccount {vault.account}"
        try:
            # Anew each time: the kubelet renews it in its file.
            jwt = Hidden(self._token_file.read_text(encoding="utf-8").strip())
        except OSError as error:
            raise CredentialsUnusable(
                "TokenUnavailable",
                f"the pod has no token of {who} to log in to Vault with ({error.strerror})",
                certain=False,
            ) from None
        login = await api.login(role=vault.role, jwt=jwt, who=who)
        names = frozenset(key.name for key in order.keys)
        return await api.values(token=login.token, path=vault.path, version=version, names=names)
