"""The status of a BotInstance, as people and tools read it."""

from typing import Literal

from pydantic import Field

from botpod_operator.api.base import ATOMIC, ApiModel
from botpod_operator.api.inforce import EffectiveStatus


class Condition(ApiModel):
    """One aspect of the bot's state, by the Kubernetes conventions."""

    type: str = Field(
        description=(
            "Ready, Accepted, CredentialsVerified, Isolated, Applied, Available, Progressing, Continuity; "
            "while it is so, Reconciling or Stalled, and Duplicated where another bot is the same Discord "
            "application. Continuity says whether restarts and scaling go "
            "unnoticed on Discord, Isolated whether no other bot can read or change what this one keeps, "
            "Applied whether all that the bot consists of is there as the resource wants it."
        )
    )
    status: Literal["True", "False", "Unknown"] = Field(description="Whether it holds.")
    reason: str = Field(
        description=(
            "Why, in one word for machines. Of Applied: ChildRefused where the API server refuses an object "
            "as it is, ReconcileFailed where something fails for now. Of Available: PodsAvailable, "
            "PartlyAvailable where something keeps other pods; Starting, PodsRefused, Stalled, or what the "
            "pods wait for in Kubernetes' own word (ImagePullBackOff, Unschedulable). Of Continuity: "
            "SharedState, Stateless; NoRedis, NoPostgreSQL by the BotClass; RedisUnreachable, "
            "RedisMayLoseState, SessionStartsScarce, SessionStartsSpent by what the pods say. Of Isolated: "
            "OwnAccounts, NotShared; SharedPassword by the BotClass; AccountServerUnreachable, "
            "AccountAdminRefused, AccountNotMade while nobody can look after them."
        ),
        min_length=1,
        max_length=1_024,
    )
    message: str = Field(description="Why and what to do, in a sentence for people.", max_length=32_768)
    last_transition_time: str = Field(
        description="When status last changed.", json_schema_extra={"format": "date-time"}
    )
    observed_generation: int | None = Field(
        default=None, description="The metadata.generation that this was decided for.", ge=0
    )


class RefusedStatus(ApiModel):
    """A version that a service refused, so that it was not delivered."""

    version: str = Field(description="The refused version.")
    digest: str = Field(description="Stands for its source, version, keys and rotate.")
    reason: str = Field(description="Why, in one word for machines.")
    message: str = Field(description="Who refused which key, and what to do.", max_length=32_768)
    since: str = Field(description="When it was first refused.", json_schema_extra={"format": "date-time"})


class VerdictStatus(ApiModel):
    """What those who receive them said of the delivered credentials."""

    verified: bool = Field(description="Whether all of them were accepted.")
    reason: str = Field(description="Why, in one word for machines.")
    message: str = Field(description="Who accepted which key.", max_length=32_768)


class CredentialStatus(ApiModel):
    """Which credentials the pods have; never a value."""

    source: str | None = Field(default=None, description="Where they come from.")
    version: str | None = Field(default=None, description="The version that is delivered.")
    digest: str | None = Field(
        default=None,
        description="Stands for source, version, keys and rotate: with the same digest, the same values.",
    )
    keys: tuple[str, ...] | None = Field(
        default=None, description="The names of the delivered keys.", json_schema_extra=ATOMIC
    )
    rotate: str | None = Field(default=None, description="The last request to rotate that was carried out.")
    used_by: int | None = Field(default=None, description="Pods that say they use this version.", ge=0)
    application_id: str | None = Field(
        default=None,
        description="The Discord application this bot is; the token of another one is refused.",
    )
    verdict: VerdictStatus | None = Field(
        default=None,
        description="What was said of the delivered version; only with delivery Direct, for the next look.",
    )
    refused: RefusedStatus | None = Field(
        default=None, description="The newest version, where it was refused and so is not delivered."
    )


class PodShards(ApiModel):
    """What one pod owns."""

    name: str = Field(description="The pod.")
    shards: str = Field(description="The shards that it owns, such as 0-3,7; empty while it stands by.")


class ShardsStatus(ApiModel):
    """Which pod owns which shards; only with delivery Gateway."""

    total: int = Field(description="Shards of the bot.", ge=1)
    owned: int = Field(description="Shards that some pod owns.", ge=0)
    pods: tuple[PodShards, ...] = Field(
        description="The pods that are ready.",
        json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"]},
    )


class BotInstanceStatus(ApiModel):
    """What the operator last saw."""

    observed_generation: int | None = Field(
        default=None, description="The metadata.generation that this status was written for.", ge=-1
    )
    conditions: tuple[Condition, ...] | None = Field(
        default=None,
        description="Ready is the summary; the others say why.",
        json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"]},
    )
    replicas: int | None = Field(default=None, description="Pods there are.", ge=0)
    ready_replicas: int | None = Field(default=None, description="Pods that are ready.", ge=0)
    selector: str | None = Field(default=None, description="The label selector of the pods, for autoscalers.")
    credentials: CredentialStatus | None = Field(default=None, description="What is delivered to the pods.")
    shards: ShardsStatus | None = Field(
        default=None, description="Who serves which part of Discord, when the pods were last asked."
    )
    effective: EffectiveStatus | None = Field(default=None, description="The values in force.")
    tolerated: tuple[str, ...] | None = Field(
        default=None,
        description=(
            "What the BotClass doesn't allow and goes on because an operator before 0.2 accepted it; refused "
            "from version 0.3 on. Absent where only such an operator looked at the bot."
        ),
        json_schema_extra=ATOMIC,
    )
