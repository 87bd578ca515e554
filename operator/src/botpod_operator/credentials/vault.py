"""A Vault KV entry as a source: logs in as the bot's own ServiceAccount, so that Vault's policies decide."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from botpod_credentials.errors import CredentialsUnusable
from botpod_credentials.vault.api import VaultApi
from botpod_credentials.vault.entry import chosen
from botpod_operator.credentials.board import Place
from botpod_operator.credentials.port import Found
from botpod_operator.digests import digest
from botpod_operator.durations import seconds
from botpod_operator.errors import Conflict, OperatorError, Transient

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable
    from concurrent.futures import Executor

    from botpod_credentials.values import Hidden, SecretValues
    from botpod_credentials.vault.entry import Entry
    from botpod_credentials.vault.sessions import Sessions
    from botpod_operator.api.botclass import Vault
    from botpod_operator.api.credentials import Credentials
    from botpod_operator.api.credentials import VaultSource as VaultSpec
    from botpod_operator.credentials.board import Board
    from botpod_operator.credentials.logins import Logins
    from botpod_operator.identity import Identity

TOKEN_SECONDS = 600
"""How long the ServiceAccount token lives; Kubernetes gives none shorter."""
CALL_SECONDS = 15.0
"""The most one call to Vault may take, waiting for a free thread included."""


class TokenIssuer(Protocol):
    """Whoever can make a ServiceAccount's token (the API server)."""

    async def service_account_token(
        self, *, namespace: str, name: str, audience: str, seconds: int
    ) -> Hidden:
        """Return a token of that ServiceAccount for that audience."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultTools:
    """What all bots' sources share; ``threads`` is where blocking calls run."""

    issuer: TokenIssuer
    logins: Logins
    board: Board
    threads: Executor
    sessions: Sessions
    now: Callable[[], dt.datetime]


class VaultSource:
    """One bot's entry in Vault; ``fresh`` asks for its metadata now instead of at the next interval."""

    def __init__(
        self,
        *,
        identity: Identity,
        vault: Vault,
        credentials: Credentials,
        spec: VaultSpec,
        tools: VaultTools,
        fresh: bool,
    ) -> None:
        self._identity = identity
        self._vault = vault
        self._spec = spec
        self._tools = tools
        self._fresh = fresh
        self._api = VaultApi(vault, sessions=tools.sessions, now=tools.now)
        self._role = spec.role or identity.name
        self._login_key = (vault.address, vault.auth_mount, self._role, identity.uid)
        tools.board.follow(
            identity.key,
            Place(
                address=vault.address,
                ca=digest(vault.ca_bundle or ""),
                mount=vault.kv_mount,
                path=spec.path,
            ),
            self._metadata,
            interval=float(seconds(credentials.refresh_interval)),
        )

    async def look(self) -> Found:
        """Return the version to take, by the entry's metadata."""
        entry = await self._tools.board.look(self._identity.key, fresh=self._fresh)
        pinned = self._spec.version
        if pinned is not None and pinned not in entry.known and not self._fresh:
            # It may be newer than the last reading.
            entry = await self._tools.board.look(self._identity.key, fresh=True)
        return Found(
            source=source_at(self._vault, self._spec.path),
            version=str(chosen(entry, pinned=pinned, where=self._where)),
        )

    async def read(self, found: Found, names: frozenset[str]) -> SecretValues:
        """Read one version and keep what was asked for."""
        return await self._as_bot(
            lambda token: self._api.values(
                token=token, path=self._spec.path, version=int(found.version), names=names
            )
        )

    @property
    def _where(self) -> str:
        return f"{self._vault.kv_mount}/{self._spec.path}"

    async def _metadata(self) -> Entry:
        return await self._as_bot(lambda token: self._api.metadata(token=token, path=self._spec.path))

    async def _as_bot[T](self, call: Callable[[Hidden], T]) -> T:
        held = await self._held()
        if held is not None:
            try:
                return await self._threaded(call, held)
            except CredentialsUnusable as error:
                # The token may have been revoked: once more with a fresh login.
                if error.reason != "VaultPermissionDenied":
                    raise
                self._tools.logins.drop(self._login_key, held)
        return await self._threaded(call, await self._login())

    async def _held(self) -> Hidden | None:
        """Return the token of an earlier login, renewed where its time draws near."""
        logins = self._tools.logins
        held = logins.get(self._login_key)
        if held is None or not logins.ageing(self._login_key):
            return held
        try:
            renewed = await self._threaded(lambda token: self._api.renew(token=token), held)
        except CredentialsUnusable as error:
            if error.reason == "VaultPermissionDenied":
                logins.drop(self._login_key, held)
                return None
            raise
        logins.put(self._login_key, renewed)
        return renewed.token

    async def _login(self) -> Hidden:
        async with self._tools.logins.turn(self._login_key):
            held = self._tools.logins.get(self._login_key)
            return held if held is not None else await self._logged_in()

    async def _logged_in(self) -> Hidden:
        account = self._identity.child
        who = f"ServiceAccount {self._identity.namespace}/{account}"
        try:
            jwt = await self._tools.issuer.service_account_token(
                namespace=self._identity.namespace,
                name=account,
                audience=self._vault.audience,
                seconds=TOKEN_SECONDS,
            )
        except OperatorError as error:
            raise CredentialsUnusable(
                "TokenUnavailable",
                f"no token for {who} from the API server: {error}",
                certain=False,
                passing=_passing(error),
            ) from None
        login = await self._threaded(lambda: self._api.login(role=self._role, jwt=jwt, who=who))
        self._tools.logins.put(self._login_key, login)
        return login.token

    async def _threaded[*A, T](self, call: Callable[[*A], T], *arguments: *A) -> T:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CALL_SECONDS):
                return await loop.run_in_executor(self._tools.threads, call, *arguments)
        except TimeoutError:
            raise CredentialsUnusable(
                "VaultUnreachable",
                f"Vault at {self._vault.address} didn't answer in {CALL_SECONDS:.0f} s.",
                certain=False,
            ) from None


def source_at(vault: Vault, path: str) -> str:
    """Return what an entry is called where deliveries tell their source."""
    return f"vault:{vault.kv_mount}/{path}"


def _passing(error: OperatorError) -> Transient | None:
    """Return what may work when it is tried again: a conflict is with somebody's write of the account."""
    if isinstance(error, Conflict):
        return Transient(str(error))
    return error if isinstance(error, Transient) else None
