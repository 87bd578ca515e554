"""What both resources can say: models, limits, logging, compute resources."""

from typing import Literal

from pydantic import Field

from botpod_operator.api.base import DNS_LABEL, ApiModel, Quantity, cel, rules

type Provider = Literal["OpenAI", "AzureOpenAI", "Anthropic"]
type Level = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


class Compatibility(ApiModel):
    """What can't be found out about a server that speaks a vendor's protocol in its own way."""

    max_tokens_field: Literal["Auto", "MaxTokens", "MaxCompletionTokens"] | None = Field(
        default=None,
        description=(
            "The field of the protocol that bounds an answer. Auto, or left out: max_completion_tokens, and "
            "max_tokens from when the server has refused that by its name."
        ),
    )
    requires_finish_reason: bool | None = Field(
        default=None,
        description=(
            "Whether a stream that ends without a finish reason has broken off; true when left out. Some "
            "servers never send one."
        ),
    )
    begins_thinking: bool | None = Field(
        default=None,
        description=(
            "Whether an answer's text begins inside the model's thoughts, since the server's template opens "
            "them. Left out: by the model's name, and from the second answer on by what the first was like."
        ),
    )


class Model(ApiModel):
    """One language model; the first that answers is used."""

    name: str = Field(
        description="What the bot and its metrics call this model; unique in the list.",
        pattern=DNS_LABEL,
        max_length=40,
    )
    provider: Provider = Field(description="Whose API is spoken. The address comes from the BotClass.")
    model: str = Field(
        description="The model's name at the provider; for AzureOpenAI the deployment's name.",
        min_length=1,
        max_length=128,
    )
    credential: str | None = Field(
        default=None,
        description=(
            "The name of the key in spec.credentials.keys that is sent to the provider. Left out: "
            "openai-api-key, anthropic-api-key or azure-openai-api-key, by provider, where the keys have it."
        ),
        pattern=DNS_LABEL,
        max_length=63,
    )
    max_tokens: int | None = Field(
        default=None, description="The longest answer, in tokens; 1024 when left out.", ge=1, le=1_000_000
    )
    temperature: float | None = Field(
        default=None,
        description="How freely the model answers; the provider's default when left out.",
        ge=0,
        le=2,
    )
    timeout_seconds: int | None = Field(
        default=None, description="How long one answer may take in all; 60 when left out.", ge=1, le=600
    )
    when_declined: Literal["Tell", "AskNext"] | None = Field(
        default=None,
        description=(
            "What happens to a question that the provider declines for what it is about: Tell whoever asked "
            "(when left out), or AskNext, which puts it to the next model."
        ),
    )
    compatibility: Compatibility | None = Field(
        default=None, description="How a server that speaks the provider's protocol differs from it."
    )


MODELS_RULES = rules(
    cel(
        "self.all(m, self.exists_one(n, n.name == m.name))",
        "models: each model needs a name of its own; rename the one that stands twice",
    )
)


FLAGS_RULES = rules(
    cel(
        f"self.all(k, size(k) <= 63 && k.matches('{DNS_LABEL}'))",
        "flags: a flag's name is lower-case letters, digits and dashes, at most 63 of them; correct the name",
    )
)


class Limits(ApiModel):
    """How much one bot does for whom; a field left out comes from the BotClass, then is built in."""

    messages_per_user: int | None = Field(
        default=None,
        description="Messages answered per user within windowSeconds; built in: 10.",
        ge=1,
        le=10_000,
    )
    window_seconds: int | None = Field(
        default=None,
        description="The sliding window of messagesPerUser, in seconds; built in: 60.",
        ge=1,
        le=86_400,
    )
    max_input_characters: int | None = Field(
        default=None,
        description="Characters of a message that are read, the rest is cut; built in: 4000.",
        ge=1,
        le=4_000,
    )
    concurrent_per_user: int | None = Field(
        default=None, description="Messages of one user handled at once; built in: 2.", ge=1, le=1_000
    )
    concurrent_per_channel: int | None = Field(
        default=None, description="Messages of one channel handled at once; built in: 4.", ge=1, le=1_000
    )
    concurrent: int | None = Field(
        default=None, description="Messages one pod handles at once; built in: 64.", ge=1, le=10_000
    )


class Logging(ApiModel):
    """What the bot logs."""

    level: Level | None = Field(
        default=None, description="The least severe level that is logged; built in: INFO."
    )
    levels: dict[str, Level] | None = Field(
        default=None,
        description="Levels of single components by their logger's name, such as nextcord: WARNING.",
        max_length=32,
    )


class Resources(ApiModel):
    """CPU and memory of each pod, as in a container's resources."""

    requests: dict[str, Quantity] | None = Field(
        default=None, description="What the scheduler sets aside for each pod.", max_length=8
    )
    limits: dict[str, Quantity] | None = Field(
        default=None,
        description=(
            "What a pod can't go beyond. A CPU limit holds a bot up in every burst: set one only where a "
            "quota wants it."
        ),
        max_length=8,
    )
