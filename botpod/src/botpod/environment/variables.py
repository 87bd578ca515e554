"""Every variable that the one-host form reads, its type and what it means. Names in any case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, override

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, StringConstraints
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from botpod.config.schema import INSTRUCTIONS, Level, Name

if TYPE_CHECKING:
    from pydantic.config import JsonDict

type Environment = Literal["development", "staging", "production"]


def _upper(value: object) -> object:
    if not isinstance(value, str):
        return value
    upper = value.upper()
    return {"WARN": "WARNING", "FATAL": "CRITICAL"}.get(upper, upper)


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _names(value: object) -> object:
    return (
        tuple(name.strip() for name in value.split(",") if name.strip()) if isinstance(value, str) else value
    )


def _told(must: str) -> JsonDict:
    """Return what a sentence about a wrong value says, for :func:`must`."""
    return {"must": must}


type AnyLevel = Annotated[Level, BeforeValidator(_upper)]
type ListeningPort = Annotated[int, Field(ge=1, le=65535)]

_LEVEL = "DEBUG, INFO, WARNING, ERROR or CRITICAL"
_PORT = "a whole number from 1 to 65535"
_TRUTH = "true or false"


def _plain(value: str) -> str:
    if any(not one.isprintable() for one in value):
        raise ValueError("not printable")
    return value


type Plain = Annotated[str, AfterValidator(_plain)]
type ModelName = Annotated[str, StringConstraints(max_length=128), AfterValidator(_plain)]


class Variables(BaseSettings):
    """The variables by their lower-case names; None where one is not set.

    A value that is wrong is never shown: whoever mixes two lines up may have put a secret into any of them.
    """

    model_config = SettingsConfigDict(
        extra="ignore", frozen=True, hide_input_in_errors=True, protected_namespaces=()
    )

    discord_token: SecretStr | None = Field(
        default=None, description="The bot's token, from Discord's developer portal."
    )
    discord_bot_token: SecretStr | None = Field(
        default=None, description="Another name for DISCORD_TOKEN; give one of them."
    )
    discord_api_url: Plain | None = Field(
        default=None, description="Discord's address with its version, where it isn't Discord's own."
    )
    openai_api_key: SecretStr | None = Field(default=None, description="OpenAI's key.")
    openai_base_url: Plain | None = Field(
        default=None,
        description="A server that speaks OpenAI's interface; without OPENAI_API_KEY it is sent no key.",
    )
    openai_model: ModelName | None = Field(
        default=None, description="OpenAI's model; gpt-5-mini when not set."
    )
    anthropic_api_key: SecretStr | None = Field(default=None, description="Anthropic's key.")
    anthropic_base_url: Plain | None = Field(
        default=None, description="Anthropic's address, where it isn't Anthropic's own."
    )
    anthropic_model: ModelName | None = Field(
        default=None, description="Anthropic's model; claude-haiku-4-5 when not set."
    )
    azure_openai_api_key: SecretStr | None = Field(default=None, description="Azure OpenAI's key.")
    azure_openai_endpoint: Plain | None = Field(
        default=None, description="The resource's address, such as https://NAME.openai.azure.com."
    )
    azure_openai_deployment: ModelName | None = Field(default=None, description="The deployment's name.")
    azure_openai_deployment_name: ModelName | None = Field(
        default=None, description="Another name for AZURE_OPENAI_DEPLOYMENT."
    )
    azure_openai_api_version: Plain | None = Field(
        default=None, description="Azure's API version; 2024-10-21 when not set."
    )
    openai_api_version: Plain | None = Field(
        default=None, description="Another name for AZURE_OPENAI_API_VERSION."
    )
    max_tokens: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        default=None,
        description="The longest answer, in tokens; 1024 when not set.",
        json_schema_extra=_told("a whole number from 1 to 1000000"),
    )
    temperature: Annotated[float, Field(ge=0, le=2, allow_inf_nan=False)] | None = Field(
        default=None,
        description="How freely models answer; the vendor's default when not set.",
        json_schema_extra=_told("a number from 0 to 2"),
    )
    model_timeout_seconds: Annotated[float, Field(gt=0, le=600, allow_inf_nan=False)] | None = Field(
        default=None,
        description="How long one answer may take; 60 when not set.",
        json_schema_extra=_told("a number of seconds up to 600"),
    )
    environment: Annotated[Environment, BeforeValidator(_lower)] | None = Field(
        default=None,
        description="development, staging or production; development when not set.",
        json_schema_extra=_told("development, staging or production"),
    )
    production_mode: bool | None = Field(
        default=None, description="true is ENVIRONMENT=production.", json_schema_extra=_told(_TRUTH)
    )
    debug: bool = Field(
        default=False,
        description=(
            "true is LOG_LEVEL=DEBUG, where that isn't set, and shows each request to the vendors, without"
            " what is in it; false when not set."
        ),
        json_schema_extra=_told(_TRUTH),
    )
    log_level: AnyLevel | None = Field(
        default=None,
        description="The least severe level that is logged; INFO when not set, in production WARNING.",
        json_schema_extra=_told(_LEVEL),
    )
    bot_name: Name = Field(
        default="bot",
        description="What the bot's conversations are kept under; bot when not set.",
        json_schema_extra=_told("lower-case letters, digits, '-' and '.', at most 63 of them"),
    )
    command_prefix: Annotated[
        str, StringConstraints(min_length=1, max_length=5, pattern=r"^\S+$"), AfterValidator(_plain)
    ] = Field(
        default="!",
        description="What text commands begin with; ! when not set.",
        json_schema_extra=_told("one to five characters without blanks"),
    )
    instructions: Annotated[str, StringConstraints(max_length=16_384)] = Field(
        default=INSTRUCTIONS,
        description="The system prompt: who the bot is.",
        json_schema_extra=_told("a text of at most 16384 characters"),
    )
    skills: Annotated[tuple[Name, ...], BeforeValidator(_names), Field(min_length=1)] = Field(
        default=("chat",),
        description="The skills that are switched on, with commas between; chat when not set.",
        json_schema_extra=_told("names of skills with commas between, such as chat"),
    )
    messages_per_user: Annotated[int, Field(ge=1, le=10_000)] | None = Field(
        default=None,
        description="Messages that one person may send within MESSAGES_WINDOW_SECONDS; 10 when not set.",
        json_schema_extra=_told("a whole number from 1 to 10000"),
    )
    messages_window_seconds: Annotated[float, Field(gt=0, le=86_400)] | None = Field(
        default=None,
        description="The sliding window of MESSAGES_PER_USER; 60 when not set.",
        json_schema_extra=_told("a number of seconds up to 86400"),
    )
    port: ListeningPort | None = Field(
        default=None,
        description="Where /api/health and /api/metrics are; 8080 when not set.",
        json_schema_extra=_told(_PORT),
    )
    analytics_dashboard_port: ListeningPort | None = Field(
        default=None, description="Another name for PORT.", json_schema_extra=_told(_PORT)
    )
    listen_host: Plain | None = Field(
        default=None, description="The address that PORT is opened on; all of this machine's when not set."
    )
    internal_port: ListeningPort | None = Field(
        default=None,
        description="Where Prometheus finds /metrics, and a supervisor /livez; 9090 when not set.",
        json_schema_extra=_told(_PORT),
    )
    internal_host: Plain = Field(
        default="127.0.0.1",
        description="The address that INTERNAL_PORT is opened on; 127.0.0.1 when not set.",
    )
    metrics_key: SecretStr | None = Field(
        default=None,
        description="Shown as `Authorization: Bearer …` it opens the recent errors of /api/metrics.",
    )
    data_directory: Plain | None = Field(
        default=None,
        description=(
            "Where the bot keeps its database; when not set what systemd gives (STATE_DIRECTORY), else "
            "./data, in staging and production /var/lib/botpod."
        ),
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="postgresql://… or sqlite:///…; a file in DATA_DIRECTORY when not set.",
    )
    redis_url: SecretStr | None = Field(
        default=None, description="redis://… or rediss://…; needed by several processes of one bot only."
    )

    @classmethod
    @override
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what it is given alone: :mod:`botpod.environment.reading` reads, and this is pure."""
        return (init_settings,)


KNOWN = frozenset(Variables.model_fields)
"""Lower-case names."""
SECRET = frozenset(
    name for name, field in Variables.model_fields.items() if field.annotation == SecretStr | None
)
"""Those whose value must not be shown."""


def must(name: str) -> str:
    """Return what a value of ``name`` has to be, for a sentence."""
    extra = Variables.model_fields[name].json_schema_extra
    said = extra.get("must") if isinstance(extra, dict) else None
    return said if isinstance(said, str) else "a short text without line breaks"
