"""A bot's own account as a source of its credentials: the value is ``user:password``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botpod_credentials.values import SecretValues
from botpod_operator.accounts.names import Login, login_of
from botpod_operator.accounts.server import Server
from botpod_operator.credentials.port import Found

if TYPE_CHECKING:
    from botpod_operator.accounts.keeper import Keeper
    from botpod_operator.accounts.seed import SecretValues as OperatorSecrets
    from botpod_operator.effective import Effective

KEY = "login"
PER_POD = 10
"""Connections that one pod may need: what the bot pools, and as much again while pods are replaced."""
SPARE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """What makes accounts."""

    keeper: Keeper
    secrets: OperatorSecrets

    def source(self, effective: Effective, name: str, *, rotate: str | None) -> AccountSource:
        """Return the source of the key ``name``."""
        return AccountSource(
            server=server_of(effective, name), effective=effective, rotate=rotate, accounts=self
        )


class AccountSource:
    """One bot's account on one server; another version is another login."""

    def __init__(
        self, *, server: Server, effective: Effective, rotate: str | None, accounts: Accounts
    ) -> None:
        self._server = server
        self._effective = effective
        self._rotate = rotate
        self._accounts = accounts

    async def look(self) -> Found:
        """Make sure that there is the account."""
        login = await self._login()
        await self._accounts.keeper.want(self._server, login, connections=_connections(self._effective))
        return Found(source=f"account:{self._server.service}/{login.account}", version=login.generation)

    async def read(self, found: Found, names: frozenset[str]) -> SecretValues:  # noqa: ARG002 - it has but one value
        """Return what the bot logs in with."""
        login = await self._login()
        return SecretValues({KEY: f"{login.name}:{login.password.reveal()}"})

    async def _login(self) -> Login:
        return login_of(
            await self._accounts.secrets.seed(),
            service=self._server.service,
            address=self._server.url,
            bot=self._effective.identity.key,
            rotate=self._rotate,
        )


def server_of(effective: Effective, name: str) -> Server:
    """Return the server that the account of the key ``name`` is on."""
    state = effective.state
    redis = name == "redis-password"
    admin = state.redis_account if redis else state.sql_account
    if admin is None or (state.redis_url is None and redis):
        raise AssertionError("no account there")
    url = (state.redis_url or "") if redis else "postgresql://" + state.sql_url.partition("://")[2]
    return Server(
        service="Redis" if redis else "PostgreSQL",
        url=url,
        ca=state.redis_ca if redis else state.sql_ca,
        user=admin.user,
        secret=(admin.password_secret_ref.name, admin.password_secret_ref.key),
    )


def _connections(effective: Effective) -> int:
    most = effective.autoscaling.max_replicas if effective.autoscaling else effective.replicas
    return PER_POD * max(most, effective.replicas, 1) + SPARE
