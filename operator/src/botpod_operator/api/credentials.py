"""``spec.credentials``: where the secrets come from and which there are."""

from typing import Literal

from pydantic import ConfigDict, Field

from botpod_credentials.keys import Kind
from botpod_operator.api.base import (
    DNS_LABEL,
    MAP_BY_NAME,
    OBJECT_NAME,
    VAULT_PATH,
    ApiModel,
    cel,
    no_dots,
    rules,
)


class Key(ApiModel):
    """One secret value."""

    name: str = Field(
        description="The key's name in Vault or in the Secret, and the file's name in the pod.",
        pattern=DNS_LABEL,
        max_length=63,
    )
    kind: Kind = Field(description="What the value is good for; decides who may receive it.")


class VaultSource(ApiModel):
    """An entry of a Vault KV version 2 store; the store and the login mount come from the BotClass."""

    path: str = Field(
        description="The entry's path below the KV mount, such as bots/hello.",
        pattern=VAULT_PATH,
        max_length=256,
        json_schema_extra=no_dots("path"),
    )
    role: str | None = Field(
        default=None,
        description=(
            "The role to log in with as this BotInstance's own ServiceAccount, bot-<name>. "
            "Left out: the BotInstance's name."
        ),
        pattern=r"^[A-Za-z0-9_.-]+$",
        max_length=128,
    )
    version: int | None = Field(
        default=None,
        description=(
            "Stay at this version of the entry. Left out: always the newest. "
            "Rotate or roll back by editing it."
        ),
        le=2_147_483_647,
        json_schema_extra=rules(
            cel("self >= 1", "version: versions begin at 1; leave it out to follow the newest")
        ),
    )


class SecretSource(ApiModel):
    """A Secret in the BotInstance's namespace, for those without Vault."""

    name: str = Field(description="The Secret's name.", pattern=OBJECT_NAME, max_length=253)


class Credentials(ApiModel):
    """Where this bot's secrets come from."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            cel(
                "has(self.vault) != has(self.secretRef)",
                "credentials: give exactly one of vault and secretRef",
            ),
            cel(
                "self.delivery != 'Direct' || has(self.vault)",
                "delivery: Direct is for credentials in Vault; give vault, or leave delivery out",
                field=".delivery",
            ),
        )
    )

    vault: VaultSource | None = Field(default=None, description="Take them from Vault.")
    secret_ref: SecretSource | None = Field(
        default=None, description="Take them from a Secret in the same namespace."
    )
    delivery: Literal["Secret", "Direct"] = Field(
        default="Secret",
        description=(
            "How they reach the pods. Secret: the operator keeps a Secret, which is in etcd. Direct: each "
            "pod takes them from Vault itself, into memory; the operator never sees a value."
        ),
    )
    keys: tuple[Key, ...] | None = Field(
        default=None,
        description=(
            "The keys to read. Left out: discord-token, and for each provider in models "
            "openai-api-key, anthropic-api-key or azure-openai-api-key."
        ),
        min_length=1,
        max_length=16,
        json_schema_extra={
            **MAP_BY_NAME,
            **rules(
                cel(
                    "self.filter(k, k.kind == 'DiscordToken').size() == 1",
                    "keys: list exactly one key of kind DiscordToken",
                ),
                cel(
                    "self.all(k, !(k.name in ['redis-password', 'postgresql-password']))",
                    "keys: redis-password and postgresql-password are filled from the BotClass; "
                    "choose another name",
                ),
            ),
        },
    )
    rotate: str | None = Field(
        default=None,
        description=(
            "A request to take the credentials anew now: any text, another than before, such as the date. "
            "They are read, tried and delivered again, even at the same version."
        ),
        min_length=1,
        max_length=128,
    )
    refresh_interval: str = Field(
        default="30s",
        description="How often to look for a new version, such as 30s or 5m; from 5s to 24h.",
        pattern=r"^([0-9]+(s|m|h))+$",
        max_length=16,
        json_schema_extra=rules(
            cel(
                "duration(self) >= duration('5s') && duration(self) <= duration('24h')",
                "refreshInterval: choose a duration from 5s to 24h",
            )
        ),
    )
