"""Where bots keep what they know: the part ``state`` of a BotClass."""

from typing import Annotated

from pydantic import ConfigDict, Field

from botpod_operator.api.base import OBJECT_NAME, ApiModel, Quantity, cel, rules
from botpod_operator.api.certificates import ca_bundle

type UserName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][-.A-Za-z0-9_]*$", max_length=63)]


class SecretKeyRef(ApiModel):
    """A key of a Secret in the operator's namespace."""

    name: str = Field(description="The Secret's name.", pattern=OBJECT_NAME, max_length=253)
    key: str = Field(
        default="password", description="The key in it.", pattern=r"^[-._a-zA-Z0-9]+$", max_length=253
    )


class RedisAdmin(ApiModel):
    """Who makes the bots' users in Redis."""

    user: UserName = Field(default="default", description="A user who may do everything, ACL SETUSER too.")
    password_secret_ref: SecretKeyRef = Field(
        description="Where its password is, in the operator's namespace."
    )


class PostgreSQLAdmin(ApiModel):
    """Who makes the bots' roles in PostgreSQL."""

    user: UserName = Field(
        description=(
            "A role with CREATEROLE that may create schemas in the URL's database, and read the tables that "
            "bots shared before."
        )
    )
    password_secret_ref: SecretKeyRef = Field(
        description="Where its password is, in the operator's namespace."
    )


def _no_password(field: str) -> dict[str, str]:
    return cel(
        "!self.matches('^[a-z+]+://[^/@]*:[^/@]+@')",
        f"{field}.url: take the password out of the address and name a Secret in passwordSecretRef",
    )


def _one_form(field: str) -> ConfigDict:
    return ConfigDict(
        json_schema_extra=rules(
            cel(
                "!(has(self.admin) && has(self.passwordSecretRef))",
                f"{field}: give either admin, for an account per bot, or passwordSecretRef, for a shared one",
            )
        )
    )


class Redis(ApiModel):
    """The Redis that pods of one bot share."""

    model_config = _one_form("redis")

    url: str = Field(
        description=(
            "Its address, such as redis://redis.botpod.svc:6379/0, or rediss:// for TLS; without a password."
        ),
        pattern=r"^rediss?://[^\s]+$",
        max_length=512,
        json_schema_extra=rules(_no_password("redis")),
    )
    ca_bundle: str | None = ca_bundle("redis.caBundle")
    password_secret_ref: SecretKeyRef | None = Field(
        default=None,
        description=(
            "Where the password is that all bots share, in the operator's namespace; with it each bot can "
            "read and change what the others keep."
        ),
    )
    admin: RedisAdmin | None = Field(
        default=None,
        description="With it each bot has a user of its own, made by the operator, for its own keys only.",
    )


class PostgreSQL(ApiModel):
    """The PostgreSQL that keeps what must last."""

    model_config = _one_form("postgresql")

    url: str = Field(
        description=(
            "Its address, such as postgresql://botpod@pg.botpod.svc:5432/botpod; without a password. "
            "?ssl=verify-full asks for TLS with a trusted certificate, and a caBundle does too."
        ),
        pattern=r"^postgresql://[^\s]+$",
        max_length=512,
        json_schema_extra=rules(_no_password("postgresql")),
    )
    ca_bundle: str | None = ca_bundle("postgresql.caBundle")
    password_secret_ref: SecretKeyRef | None = Field(
        default=None,
        description=(
            "Where the password is that all bots share, in the operator's namespace; with it each bot can "
            "read and change what the others keep."
        ),
    )
    admin: PostgreSQLAdmin | None = Field(
        default=None,
        description=(
            "With it each bot has a role and a schema of its own, made by the operator; what it kept in the "
            "shared tables comes along."
        ),
    )


class Volume(ApiModel):
    """A disk for SQLite where there is no PostgreSQL."""

    size: Quantity = Field(default="1Gi", description="How large.")
    storage_class_name: str | None = Field(
        default=None,
        description="The StorageClass; left out: the cluster's default.",
        pattern=OBJECT_NAME,
        max_length=253,
    )


class State(ApiModel):
    """Where bots keep what they know. Without Redis and PostgreSQL a bot runs as one pod."""

    redis: Redis | None = Field(
        default=None, description="Shared short-lived state: needed for several pods."
    )
    postgresql: PostgreSQL | None = Field(
        default=None, alias="postgresql", description="Lasting state: needed for several pods."
    )
    volume: Volume | None = Field(
        default=None,
        description="A disk per bot for SQLite, where there is no postgresql; left out: lost with the pod.",
    )
