"""A Vault KV entry as a source: logs in as the bot's own ServiceAccount, so that Vault's policies decide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from botpod_credentials.errors import CredentialsUnusable
from botpod_credentials.vault.api import VaultApi
from botpod_credentials.vault.entry import chosen
from botpod_operator.credentials.places import Place, source_at
from botpod_operator.credentials.port import Found
from botpod_operator.digests import digest
from botpod_operator.durations import seconds
from botpod_operator.errors import Conflict, OperatorError, Transient

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Awaitable, Callable

    from botpod_credentials.values import Hidden, SecretValues
    from botpod_credentials.vault.entry import Entry
    from botpod_credentials.vault.wire import Wire
    from botpod_operator.api.botclass import Vault
    from botpod_operator.api.credentials import Credentials
    from botpod_operator.api.credentials import VaultSource as VaultSpec
    from botpod_operator.credentials.board import Board
    from botpod_operator.credentials.errands import Errands
    from botpod_operator.credentials.logins import Logins
    from botpod_operator.credentials.pauses import Pauses
    from botpod_operator.identity import Identity

TOKEN_SECONDS = 600
"""How long the ServiceAccount token lives; Kubernetes gives none shorter."""


class TokenIssuer(Protocol):
    """Whoever can make a ServiceAccount's token (the API server)."""

    async def service_account_token(
        self, *, namespace: str, name: str, audience: str, seconds: int
    ) -> Hidden:
        """Return a token of that ServiceAccount for that audience."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultTools:
    """What all bots' sources share."""

    issuer: TokenIssuer
    logins: Logins
    board: Board
    errands: Errands
    pauses: Pauses
    wire: Wire
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
        self._api = VaultApi(vault, wire=tools.wire, now=tools.now)
        self._role = spec.role or identity.name
        mount = (vault.address, vault.namespace or "", vault.auth_mount)
        self._login_key = (*mount, self._role, identity.uid)
        self._asker = (*mount, self._role, identity.namespace)
        self._place = Place(
            address=vault.address,
            ca=digest(vault.ca_bundle or ""),
            namespace=vault.namespace,
            mount=vault.kv_mount,
            path=spec.path,
        )
        tools.board.follow(
            identity.key,
            self._place,
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
            source=source_at(mount=self._vault.kv_mount, path=self._spec.path),
            version=str(chosen(entry, pinned=pinned, where=self._where)),
        )

    async def read(self, found: Found, names: frozenset[str]) -> SecretValues:
        """Read one version and keep what was asked for."""
        bot = self._identity.key

        async def values() -> SecretValues:
            return await self._tools.board.minded(
                bot,
                lambda: self._as_bot(
                    lambda token: self._api.values(
                        token=token, path=self._spec.path, version=int(found.version), names=names
                    )
                ),
            )

        what = digest([self._login_key, self._place.source, found.version, sorted(names)])
        return await self._tools.errands.run(
            bot, what, values, vault=self._place.vault, address=self._place.address
        )

    @property
    def _where(self) -> str:
        return f"{self._vault.kv_mount}/{self._spec.path}"

    async def _metadata(self) -> Entry:
        return await self._as_bot(lambda token: self._api.metadata(token=token, path=self._spec.path))

    async def _as_bot[T](self, call: Callable[[Hidden], Awaitable[T]]) -> T:
        """Ask with the bot's token, unless Vault asked it to wait."""
        pauses = self._tools.pauses
        told = pauses.problem(self._asker)
        if told is not None:
            raise told
        try:
            answer = await self._asked(call)
        except CredentialsUnusable as problem:
            if problem.reason == "VaultRateLimited":
                pauses.told_to_wait(self._asker, problem)
            raise
        pauses.answered(self._asker)
        return answer

    async def _asked[T](self, call: Callable[[Hidden], Awaitable[T]]) -> T:
        held = await self._held()
        if held is not None:
            try:
                return await call(held)
            except CredentialsUnusable as error:
                # The token may have been revoked: once more with a fresh login.
                if error.reason != "VaultPermissionDenied":
                    raise
                self._tools.logins.drop(self._login_key, held)
        return await call(await self._login())

    async def _held(self) -> Hidden | None:
        """Return the token of an earlier login, renewed where its time draws near."""
        logins = self._tools.logins
        held = logins.get(self._login_key)
        if held is None or not logins.ageing(self._login_key):
            return held
        try:
            renewed = await self._api.renew(token=held)
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
        login = await self._api.login(role=self._role, jwt=jwt, who=who)
        self._tools.logins.put(self._login_key, login)
        return login.token


def _passing(error: OperatorError) -> Transient | None:
    """Return what may work when it is tried again: a conflict is with somebody's write of the account."""
    if isinstance(error, Conflict):
        return Transient(str(error))
    return error if isinstance(error, Transient) else None
