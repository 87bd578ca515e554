"""``status.effective``: the values in force, and where each comes from."""

from typing import Literal

from pydantic import ConfigDict, Field

from botpod_operator.api.base import ATOMIC, INT_OR_STRING, ApiModel
from botpod_operator.api.shared import Limits, Resources

type Origin = Literal["BotInstance", "BotClass", "BuiltIn"]


class LoggingStatus(ApiModel):
    """What the bot logs. Without bounds: the levels of the instance and of the class add up."""

    level: str | None = Field(default=None, description="The least severe level that is logged.")
    levels: dict[str, str] | None = Field(
        default=None, description="Levels of single components by their logger's name."
    )


class EffectiveStatus(ApiModel):
    """The values in force after the class has filled what the instance left out."""

    # One value to the API server: we write it whole, and nobody else does.
    model_config = ConfigDict(json_schema_extra={"x-kubernetes-map-type": "atomic"})

    class_name: str | None = Field(default=None, description="The BotClass.")
    class_generation: int | None = Field(
        default=None, description="The metadata.generation of the BotClass that these values are of.", ge=0
    )
    image: str | None = Field(default=None, description="The bot's image.")
    replicas: int | None = Field(default=None, description="The pods that shall run.")
    delivery: Literal["Gateway", "Interactions"] | None = Field(
        default=None, description="How events arrive."
    )
    interactions_url: str | None = Field(
        default=None,
        description=(
            "What the application's Interactions Endpoint URL must be, in Discord's developer portal; there "
            "with delivery Interactions, where the BotClass says how Discord reaches its bots."
        ),
    )
    shards: int | Literal["Auto"] | None = Field(
        default=None,
        description="Auto or the number of shards; none with delivery Interactions.",
        json_schema_extra=INT_OR_STRING,
    )
    models: tuple[str, ...] | None = Field(
        default=None,
        description="The models in their order, as name=provider/model.",
        json_schema_extra=ATOMIC,
    )
    skills: tuple[str, ...] | None = Field(default=None, description="The skills.", json_schema_extra=ATOMIC)
    instructions: str | None = Field(default=None, description="How the system prompt begins.")
    command_prefix: str | None = Field(default=None, description="What text commands begin with.")
    state: str | None = Field(
        default=None, description="Where the bot keeps its state, such as Redis+PostgreSQL."
    )
    limits: Limits | None = Field(default=None, description="How much the bot does for whom.")
    flags: dict[str, bool] | None = Field(default=None, description="The flags that are on or off.")
    logging: LoggingStatus | None = Field(default=None, description="What the bot logs.")
    resources: Resources | None = Field(default=None, description="CPU and memory of each pod.")
    sources: dict[str, Origin] | None = Field(
        default=None,
        description=(
            "Where each of these values comes from: BotInstance, BotClass or BuiltIn. Where the BotClass's "
            "state allows fewer pods than asked for, replicas come from BotClass."
        ),
    )
