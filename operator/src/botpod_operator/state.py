"""Where a bot keeps its state, and how many pods that allows. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botpod_operator.api.credentials import Key

if TYPE_CHECKING:
    from botpod_operator.api.state import PostgreSQL, PostgreSQLAdmin, Redis, RedisAdmin, SecretKeyRef, State

SQLITE = "sqlite+aiosqlite:////var/lib/botpod/botpod.db"
_REDIS = Key(name="redis-password", kind="Redis")
_POSTGRESQL = Key(name="postgresql-password", kind="PostgreSQL")


@dataclass(frozen=True, slots=True, kw_only=True)
class StateInForce:
    """The addresses the bot gets, and the names of the files with their passwords."""

    sql_url: str
    sql_credential: str | None
    redis_url: str | None
    redis_credential: str | None
    passwords: tuple[Key, ...]
    """Keys filled from the class."""
    password_refs: tuple[tuple[str, SecretKeyRef], ...]
    """Key name and where its value is, in the operator's namespace."""
    redis_ca: str | None = None
    sql_ca: str | None = None
    """Certificates (PEM) to trust instead of the system's."""
    redis_account: RedisAdmin | None = None
    sql_account: PostgreSQLAdmin | None = None
    """Who makes the bot's own account there; None where all bots share one."""

    @property
    def accounts(self) -> tuple[str, ...]:
        """The names of the keys that hold an account of the bot's own, as ``user:password``."""
        made = ((_REDIS, self.redis_account), (_POSTGRESQL, self.sql_account))
        return tuple(key.name for key, admin in made if admin)

    @property
    def shared_logins(self) -> tuple[str, ...]:
        """The services that all bots of the class log in to as one."""
        services = (
            ("Redis", self.redis_url is not None and self.redis_account is None),
            ("PostgreSQL", self.has_postgresql and self.sql_account is None),
        )
        return tuple(name for name, shared in services if shared)

    @property
    def has_postgresql(self) -> bool:
        """Whether lasting state is outside the pod."""
        return self.sql_url != SQLITE

    @property
    def shared(self) -> bool:
        """Whether several pods can work side by side and hand over."""
        return self.redis_url is not None and self.has_postgresql

    @property
    def summary(self) -> str:
        """What stands in the status."""
        hot = "Redis" if self.redis_url else "in the pod"
        return f"{hot}+{'PostgreSQL' if self.has_postgresql else 'SQLite'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Continuity:
    """How many pods may run, and whether restarts go unnoticed."""

    replicas: int
    holds: bool
    """Also whether an old and a new pod may run side by side."""
    reason: str
    message: str


def state_in_force(state: State, keys: tuple[Key, ...]) -> StateInForce:
    """Choose addresses and passwords: the class's password first, else a key of that kind."""
    redis, postgresql = state.redis, state.postgresql
    stores = [(key, store) for key, store in ((_REDIS, redis), (_POSTGRESQL, postgresql)) if store]
    passwords = tuple(key for key, store in stores if store.admin or store.password_secret_ref)
    by_kind = {key.kind: key.name for key in (*reversed(keys), *passwords)}
    return StateInForce(
        sql_url="postgresql+asyncpg://" + _url(postgresql).partition("://")[2] if postgresql else SQLITE,
        sql_credential=by_kind.get("PostgreSQL") if postgresql else None,
        redis_url=_url(redis) if redis else None,
        redis_credential=by_kind.get("Redis") if redis else None,
        passwords=passwords,
        password_refs=tuple(
            (key.name, store.password_secret_ref)
            for key, store in stores
            if store.password_secret_ref and not store.admin
        ),
        redis_ca=redis.ca_bundle if redis else None,
        sql_ca=postgresql.ca_bundle if postgresql else None,
        redis_account=redis.admin if redis else None,
        sql_account=postgresql.admin if postgresql else None,
    )


def _url(store: Redis | PostgreSQL) -> str:
    """Return the address as the bot gets it: one with an account of its own is named beside its password."""
    return store.url if store.admin is None else re.sub(r"(?<=://)[^/@?]*@", "", store.url, count=1)


def continuity(*, wanted: int, state: StateInForce, interactions: bool) -> Continuity:
    """Decide how many of the ``wanted`` pods may run on this state.

    ``interactions`` says that Discord posts each event to one pod: then nothing must be handed over, and
    Redis is no condition.
    """
    if state.shared:
        return Continuity(
            replicas=wanted,
            holds=True,
            reason="SharedState",
            message="Redis and PostgreSQL are shared: restarts and scaling hand over between pods.",
        )
    if interactions:
        return _of_interactions(wanted, state)
    missing = "redis" if state.redis_url is None else "postgresql"
    message = (
        f"The BotClass has no state.{missing}: the bot runs as one pod and is away for a moment when that "
        "restarts; messages of that moment are answered afterwards, commands and buttons fail. Add"
        " state.redis and state.postgresql to the BotClass to run several."
    )
    if wanted > 1:
        message = f"replicas is {wanted}, but only one pod runs. {message}"
    return Continuity(
        replicas=min(wanted, 1),
        holds=False,
        reason="NoRedis" if missing == "redis" else "NoPostgreSQL",
        message=message,
    )


def _of_interactions(wanted: int, state: StateInForce) -> Continuity:
    if state.has_postgresql:
        return Continuity(
            replicas=wanted,
            holds=True,
            reason="Stateless",
            message=(
                "Discord posts each interaction to one of the pods, and PostgreSQL is shared: restarts and "
                "scaling lose none. The BotClass has no state.redis, so each pod counts its users' limits by "
                "itself."
            ),
        )
    message = (
        "The BotClass has no state.postgresql: what the bot remembers lies in its pod, so it runs as one and "
        "is away for a moment when that restarts. Add state.postgresql to the BotClass to run several."
    )
    if wanted > 1:
        message = f"replicas is {wanted}, but only one pod runs. {message}"
    return Continuity(replicas=min(wanted, 1), holds=False, reason="NoPostgreSQL", message=message)
