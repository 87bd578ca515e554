"""A Vault KV entry as a source: logs in as the bot's own ServiceAccount, so that Vault's policies decide."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from botpod_operator.credentials.port import Found
from botpod_operator.credentials.values import Hidden, SecretValues
from botpod_operator.credentials.vaultapi import Login, VaultApi, version_gone
from botpod_operator.errors import CredentialsUnusable, OperatorError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable
    from concurrent.futures import Executor

    from botpod_operator.api.botclass import Vault
    from botpod_operator.api.credentials import VaultSource as VaultSpec
    from botpod_operator.identity import Identity

TOKEN_SECONDS = 600
"""How long the ServiceAccount token lives; Kubernetes gives none shorter."""
CALL_SECONDS = 15.0
"""The most one call to Vault may take, waiting for a free thread included."""
CERTAIN_SHARE = 0.8
"""A login is used for this share of its life."""


class TokenIssuer(Protocol):
    """Whoever can make a ServiceAccount's token (the API server)."""

    async def service_account_token(
        self, *, namespace: str, name: str, audience: str, seconds: int
    ) -> Hidden:
        """Return a token of that ServiceAccount for that audience."""


class Logins:
    """Vault tokens in memory, one per bot, role and Vault, used until shortly before they end."""

    def __init__(self, *, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._held: dict[tuple[str, ...], tuple[Hidden, float]] = {}

    def get(self, key: tuple[str, ...]) -> Hidden | None:
        """Return a token that still lives."""
        token, until = self._held.get(key, (None, 0.0))
        return token if self._clock() < until else None

    def put(self, key: tuple[str, ...], login: Login) -> None:
        """Keep a token for most of its life, and forget those that ended."""
        now = self._clock()
        self._held = {held: entry for held, entry in self._held.items() if entry[1] > now}
        self._held[key] = (login.token, now + login.seconds * CERTAIN_SHARE)

    def drop(self, key: tuple[str, ...]) -> None:
        """Forget a token that Vault didn't take."""
        self._held.pop(key, None)


class VaultSource:
    """One bot's entry in Vault."""

    def __init__(
        self,
        *,
        identity: Identity,
        vault: Vault,
        spec: VaultSpec,
        issuer: TokenIssuer,
        logins: Logins,
        threads: Executor,
        now: Callable[[], dt.datetime],
    ) -> None:
        self._identity = identity
        self._vault = vault
        self._spec = spec
        self._issuer = issuer
        self._logins = logins
        self._threads = threads
        self._api = VaultApi(vault, now=now)
        self._role = spec.role or identity.name
        self._login_key = (vault.address, vault.auth_mount, self._role, identity.uid)

    async def look(self) -> Found:
        """Read the entry's metadata."""
        state = await self._as_bot(
            lambda token: self._api.newest(token=token, path=self._spec.path, version=self._spec.version)
        )
        if not state.readable:
            raise version_gone(self._where, state.number)
        return Found(source=f"vault:{self._where}", version=str(state.number))

    async def read(self, found: Found, names: frozenset[str]) -> SecretValues:
        """Read one version and keep what was asked for."""
        data = await self._as_bot(
            lambda token: self._api.read(token=token, path=self._spec.path, version=int(found.version))
        )
        missing = sorted(names - set(data))
        if missing:
            raise CredentialsUnusable(
                "KeyMissing",
                f"version {found.version} of {self._where} in Vault has no {' and no '.join(missing)}; "
                f"add it with `vault kv patch {self._where} {missing[0]}=…` or correct "
                "spec.credentials.keys.",
                certain=True,
            )
        return texts({name: data[name] for name in names}, where=f"{self._where} in Vault")

    @property
    def _where(self) -> str:
        return f"{self._vault.kv_mount}/{self._spec.path}"

    async def _as_bot[T](self, call: Callable[[Hidden], T]) -> T:
        held = self._logins.get(self._login_key)
        if held is not None:
            try:
                return await self._threaded(call, held)
            except CredentialsUnusable as error:
                # The token may have been revoked: once more with a fresh login.
                if error.reason != "VaultPermissionDenied":
                    raise
                self._logins.drop(self._login_key)
        return await self._threaded(call, await self._login())

    async def _login(self) -> Hidden:
        account = self._identity.child
        who = f"ServiceAccount {self._identity.namespace}/{account}"
        try:
            jwt = await self._issuer.service_account_token(
                namespace=self._identity.namespace,
                name=account,
                audience=self._vault.audience,
                seconds=TOKEN_SECONDS,
            )
        except OperatorError as error:
            raise CredentialsUnusable(
                "TokenUnavailable", f"no token for {who} from the API server: {error}", certain=False
            ) from None
        login = await self._threaded(lambda: self._api.login(role=self._role, jwt=jwt, who=who))
        self._logins.put(self._login_key, login)
        return login.token

    async def _threaded[*A, T](self, call: Callable[[*A], T], *arguments: *A) -> T:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CALL_SECONDS):
                return await loop.run_in_executor(self._threads, call, *arguments)
        except TimeoutError:
            raise CredentialsUnusable(
                "VaultUnreachable",
                f"Vault at {self._vault.address} didn't answer in {CALL_SECONDS:.0f} s.",
                certain=False,
            ) from None


def texts(data: dict[str, object], *, where: str) -> SecretValues:
    """Hide values, after making sure that each is a text and not empty."""
    for name, value in sorted(data.items()):
        if not isinstance(value, str) or not value.strip():
            raise CredentialsUnusable(
                "KeyEmpty", f"{name} at {where} is empty or not a text; write its value.", certain=True
            )
    return SecretValues({name: str(value) for name, value in data.items()})
