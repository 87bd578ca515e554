"""``BotInstance``: one Discord bot, as its owner describes it.

A field that a BotClass may set has no default here: a default would always win.
"""

from typing import Literal

from pydantic import ConfigDict, Field

from botpod_operator.api.autoscaling import Autoscaling
from botpod_operator.api.base import (
    ATOMIC,
    DNS_LABEL,
    FREE,
    INT_OR_STRING,
    MAP_BY_NAME,
    OBJECT_NAME,
    ApiModel,
    FreeObject,
    cel,
    rules,
)
from botpod_operator.api.credentials import Credentials
from botpod_operator.api.pod import Pod
from botpod_operator.api.shared import FLAGS_RULES, MODELS_RULES, Limits, Logging, Model
from botpod_operator.api.status import BotInstanceStatus

MAX_NAME = 40
"""The longest name: children are called bot-<name>, and pods and events add to that."""


class SkillUse(ApiModel):
    """A skill the bot has."""

    name: str = Field(
        description="The skill's name; the BotClass lists those allowed.", pattern=DNS_LABEL, max_length=63
    )
    settings: FreeObject | None = Field(
        default=None,
        description="What the skill lets one choose; the skill validates it.",
        json_schema_extra=FREE,
    )


class Discord(ApiModel):
    """How the bot connects to Discord."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            cel(
                "!has(self.shards) || !has(self.delivery) || self.delivery != 'Interactions'",
                "discord.shards: with delivery Interactions there are none; remove it, or set delivery to "
                "Gateway",
                field=".shards",
            )
        )
    )

    application_id: str | None = Field(
        default=None,
        description=(
            "The id of the Discord application that this bot is. A token of another application is then "
            "refused. Immutable once set: it can be neither changed nor removed."
        ),
        pattern=r"^[0-9]{15,20}$",
        max_length=20,
    )
    shards: int | Literal["Auto"] | None = Field(
        default=None,
        description="Auto (what Discord recommends) or a number from 1 to 1000; Auto when left out.",
        json_schema_extra={
            **INT_OR_STRING,
            **rules(
                cel(
                    "type(self) == string ? self == 'Auto' : (int(self) >= 1 && int(self) <= 1000)",
                    "shards: write Auto or a number from 1 to 1000",
                )
            ),
        },
    )
    delivery: Literal["Gateway", "Interactions"] | None = Field(
        default=None,
        description=(
            "How events arrive: Gateway (connections that the bot opens) or Interactions (signed requests "
            "that Discord posts to the bot's Service, slash commands and buttons only: the application's "
            "Interactions Endpoint URL must lead to /interactions there); Gateway when left out."
        ),
    )


class BotInstanceSpec(ApiModel):
    """What the bot's owner decides."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            cel(
                "!has(self.models) || !has(self.credentials.keys) || self.models.all(m, "
                "!has(m.credential) || self.credentials.keys.exists(k, k.name == m.credential))",
                "models: a model names a credential that credentials.keys doesn't list; add the key or "
                "correct the name",
                field=".models",
            ),
            cel(
                "!has(oldSelf.discord) || !has(oldSelf.discord.applicationId) || (has(self.discord) && "
                "has(self.discord.applicationId) && "
                "self.discord.applicationId == oldSelf.discord.applicationId)",
                "discord.applicationId: it is immutable once set; make a new BotInstance for another "
                "application",
                field=".discord.applicationId",
            ),
        )
    )

    class_name: str = Field(
        default="default",
        description="The BotClass that the rest comes from.",
        pattern=OBJECT_NAME,
        max_length=63,
    )
    suspend: bool = Field(
        default=False, description="Stop the pods and keep everything else.", validate_default=False
    )
    restarted_at: str | None = Field(
        default=None,
        description="Another value replaces the pods one by one; write the time, for whoever reads it.",
        min_length=1,
        max_length=64,
    )
    image: str | None = Field(
        default=None, description="The bot's image; left out: the BotClass's.", min_length=1, max_length=512
    )
    replicas: int = Field(
        default=1, description="Pods to run; kubectl scale and autoscalers edit it.", ge=0, le=1_000
    )
    credentials: Credentials = Field(description="Where this bot's secrets come from.")
    models: tuple[Model, ...] | None = Field(
        default=None,
        description="The language models in the order they are tried; left out: the BotClass's.",
        max_length=16,
        json_schema_extra={**ATOMIC, **MODELS_RULES},
    )
    skills: tuple[SkillUse, ...] | None = Field(
        default=None,
        description="What the bot can do; left out: chat.",
        max_length=32,
        json_schema_extra=MAP_BY_NAME,
    )
    instructions: str | None = Field(
        default=None,
        description="The system prompt: who the bot is; left out: the BotClass's.",
        min_length=1,
        max_length=16_384,
    )
    command_prefix: str | None = Field(
        default=None,
        description="What text commands begin with; ! when left out.",
        min_length=1,
        max_length=5,
        pattern=r"^\S+$",
    )
    limits: Limits | None = Field(
        default=None,
        description="How much the bot does for whom; each field left out comes from the BotClass.",
    )
    flags: dict[str, bool] | None = Field(
        default=None,
        description=(
            "Single features of the bot by name, switched on (true) or off (false) without a restart; "
            "a flag left out comes from the BotClass."
        ),
        max_length=32,
        json_schema_extra=FLAGS_RULES,
    )
    discord: Discord | None = Field(default=None, description="How the bot connects to Discord.")
    autoscaling: Autoscaling | None = Field(
        default=None, description="Let an autoscaler edit replicas; left out: replicas is as written."
    )
    logging: Logging | None = Field(default=None, description="What the bot logs.")
    pod: Pod | None = Field(default=None, description="What is different about this bot's pods.")


class BotInstance(ApiModel):
    """One Discord bot: its credentials, models, skills and how many pods share the work."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            cel(
                f"size(self.metadata.name) <= {MAX_NAME}",
                f"metadata.name: choose a name of at most {MAX_NAME} characters",
            ),
            cel(
                "!self.metadata.name.contains('.')",
                "metadata.name: leave out the dots; a Service takes the name",
            ),
        )
    )

    spec: BotInstanceSpec = Field(description="What the bot's owner decides.")
    # kstatus takes an object without status for done; -1 says that nobody looked at it yet.
    status: BotInstanceStatus | None = Field(
        default=None,
        description="What the operator last saw.",
        json_schema_extra={"default": {"observedGeneration": -1}},
    )
