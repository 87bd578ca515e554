"""The shape of the configuration file; the operator renders it, a person may write it by hand.

Keys are camelCase in the file and snake_case here. An unknown key is a mistake. Everything but ``bot`` has a
default, so that the shortest working file names the bot and its credentials.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints
from pydantic.alias_generators import to_camel

type Name = Annotated[
    str, StringConstraints(min_length=1, max_length=63, pattern=r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")
]
type Text = Annotated[str, StringConstraints(min_length=1)]
type Level = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]
type Port = Annotated[int, Field(ge=0, le=65535)]
"""0 asks the system for a free port."""
type Count = Annotated[int, Field(ge=1)]
type Items[T] = Annotated[tuple[T, ...], Field(strict=False)]
"""A list in YAML."""

DISCORD_API = "https://discord.com/api/v10"
INSTRUCTIONS = (
    "You are a helpful assistant in a Discord chat. Answer in the language you are asked in, briefly unless"
    " asked for more, and say so when you don't know."
)


class Section(BaseModel):
    """What every part of the file has in common."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, strict=True)


class CredentialKind(StrEnum):
    """What a credential is for."""

    DISCORD_TOKEN = "DiscordToken"  # noqa: S105 - a kind, not a token
    ANTHROPIC = "Anthropic"
    OPENAI = "OpenAI"
    AZURE_OPENAI = "AzureOpenAI"
    GITHUB = "GitHub"
    REDIS = "Redis"
    POSTGRESQL = "PostgreSQL"
    OPAQUE = "Opaque"


class Provider(StrEnum):
    """Whose wire format a model speaks."""

    OPENAI = "OpenAI"
    AZURE_OPENAI = "AzureOpenAI"
    ANTHROPIC = "Anthropic"


class BotSection(Section):
    """Which bot this is; rows and leases carry ``namespace/name``."""

    name: Name
    namespace: Name = "default"

    @property
    def identity(self) -> str:
        """``namespace/name``."""
        return f"{self.namespace}/{self.name}"


class ShardsSection(Section):
    """How many shards: ``Auto`` is Discord's advice, but at least ``minimum``; ``Fixed`` is ``count``."""

    mode: Literal["Auto", "Fixed"] = "Auto"
    minimum: Count = 1
    count: Count | None = None
    lease_seconds: Annotated[float, Field(ge=0.2, le=60)] = 1.5
    """How long a shard stays with a pod that says nothing: an interaction must be answered within 3 s."""


class DiscordSection(Section):
    """Where Discord is; ``api_url`` includes the version and has no slash at its end."""

    api_url: Text = DISCORD_API
    delivery: Literal["Gateway", "Interactions"] = "Gateway"
    """Whether the bot opens connections and hears of messages too, or Discord posts what people do with the
    bot to the public port; then there are no shards."""
    shards: ShardsSection = ShardsSection()
    credential: Name = "discord-token"


class CredentialKey(Section):
    """One credential: the file ``{directory}/{name}``."""

    name: Name
    kind: Annotated[CredentialKind, Field(strict=False)]


class CredentialsSection(Section):
    """Where the credentials lie and which there are."""

    directory: Text = "/etc/botpod/credentials"
    keys: Items[CredentialKey] = ()


class CompatibilitySection(Section):
    """What a server of one's own can't be asked, and isn't found out from what it refuses."""

    max_tokens_field: Literal["Auto", "MaxTokens", "MaxCompletionTokens"] = "Auto"
    """The field that bounds an answer; ``Auto``: ``max_completion_tokens`` until it is refused."""
    requires_finish_reason: bool = True
    """Whether a stream without a finish reason has broken off; some servers never send one."""
    begins_thinking: bool | None = None
    """Whether the text of an answer begins inside the thoughts, their beginning being in the template; left
    out: by the model's name, and from the second answer on by what the first one was like."""


class ModelSection(Section):
    """One model; their order in the file is the order of fallback."""

    name: Name
    provider: Annotated[Provider, Field(strict=False)]
    model: Text
    base_url: Text
    api_version: Text | None = None
    credential: Name | None = None
    max_tokens: Count = 1024
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 60.0
    when_declined: Literal["Tell", "AskNext"] = "Tell"
    """Whether a question that the vendor declines is put to the next model."""
    compatibility: CompatibilitySection = CompatibilitySection()


class SkillSection(Section):
    """One skill that is switched on; it validates its ``settings`` itself."""

    name: Name
    settings: dict[str, JsonValue] = Field(default_factory=dict)


class LimitsSection(Section):
    """How much one person, one channel and all together may ask."""

    messages_per_user: Count = 10
    window_seconds: Annotated[float, Field(gt=0)] = 60.0
    max_input_characters: Annotated[int, Field(ge=1, le=4000)] = 4000
    concurrent_per_user: Count = 2
    concurrent_per_channel: Count = 4
    concurrent: Count = 64


class FlagsSection(Section):
    """What can be done without for a while: each can be switched off while the bot runs."""

    memory: bool = True
    """Conversations are remembered, and what was said before is told to the model."""
    streaming: bool = True
    """An answer appears while it is written; off, it comes whole: fewer requests to Discord."""
    typing: bool = True
    """"Typing" is shown while an answer is on its way."""


type Holds = Literal["Password", "UserAndPassword"]
"""What a store's credential is: the password of the URL's user, or ``user:password``."""


class SqlSection(Section):
    """What must last; the credential's value is put in as the URL's password."""

    url: Text = "sqlite+aiosqlite:////var/lib/botpod/botpod.db"
    credential: Name | None = None
    credential_holds: Holds = "Password"
    ca_bundle: Text | None = None
    """Certificates (PEM): with them PostgreSQL must speak TLS and show one by them for its name."""
    group_reads: bool = False
    """SQLite's files are 0640 in a folder of 0750, for those who back them up; else 0600 in one of 0700."""


class RedisSection(Section):
    """What is hot and shared between pods; the credential's value is put in as the URL's password."""

    url: Text
    credential: Name | None = None
    credential_holds: Holds = "Password"
    ca_bundle: Text | None = None
    """Certificates (PEM) to trust for a ``rediss`` URL; left out: the system's."""


class StateSection(Section):
    """Where state is kept; without ``redis`` it stays in this process, which then must be the only one."""

    sql: SqlSection = SqlSection()
    redis: RedisSection | None = None


class ServerSection(Section):
    """The two ports: the outside's and the cluster's."""

    public_port: Port = 8080
    internal_port: Port = 9090
    public_host: Text | None = None
    """The address to listen on; all of the machine's when left out."""
    internal_host: Text | None = None
    metrics_credential: Name | None = None
    """Which credential opens the details of /api/metrics and /api/health at the public port."""


class LoggingSection(Section):
    """How much is logged, and exceptions by logger name."""

    level: Level = "INFO"
    levels: dict[str, Level] = Field(default_factory=dict)


class ShutdownSection(Section):
    """How long a stopping process may go on finishing answers."""

    grace_seconds: Annotated[float, Field(ge=0, le=3600)] = 25.0


class Configuration(Section):
    """The whole file."""

    bot: BotSection
    discord: DiscordSection = DiscordSection()
    credentials: CredentialsSection = CredentialsSection()
    models: Items[ModelSection] = ()
    skills: Items[SkillSection] = (SkillSection(name="chat"),)
    instructions: Text = INSTRUCTIONS
    command_prefix: Annotated[str, StringConstraints(min_length=1, max_length=5, pattern=r"^\S+$")] = "!"
    limits: LimitsSection = LimitsSection()
    flags: FlagsSection = FlagsSection()
    state: StateSection = StateSection()
    server: ServerSection = ServerSection()
    logging: LoggingSection = LoggingSection()
    shutdown: ShutdownSection = ShutdownSection()
