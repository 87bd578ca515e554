"""``spec.pod``: the short list of what an owner may change about the pods. Never a whole pod template."""

from typing import Literal

from pydantic import Field

from botpod_operator.api.base import (
    ATOMIC,
    FREE,
    MAP_BY_NAME,
    OBJECT_NAME,
    ApiModel,
    FreeObject,
    cel,
    rules,
)
from botpod_operator.api.shared import Resources

OURS = "['botpod.dev/', 'app.kubernetes.io/', 'kubernetes.io/', 'k8s.io/']"


def not_ours(field: str) -> dict[str, str]:
    """Return the rule that a map's keys are none of the system's."""
    return cel(
        f"self.all(k, !{OURS}.exists(p, k.startsWith(p)))",
        f"{field}: names under botpod.dev/, app.kubernetes.io/, kubernetes.io/ and k8s.io/ are kept for "
        "the system; choose another prefix",
    )


_NOT_WEAKER = cel(
    r"self.all(k, !k.matches('^[^/]*[.]security[.][a-z]+[.]kubernetes[.]io/'))",
    "annotations: AppArmor and seccomp are as the restricted level wants them; leave such annotations out",
)
"""Old annotations of the kubelet could switch off what the pod's securityContext asks for."""


class Toleration(ApiModel):
    """A taint that the pods put up with, as in a pod's tolerations."""

    key: str | None = Field(default=None, description="The taint's key; left out: every key.", max_length=317)
    operator: Literal["Exists", "Equal"] | None = Field(default=None, description="How value is compared.")
    value: str | None = Field(default=None, description="The taint's value, with Equal.", max_length=63)
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = Field(
        default=None, description="The taint's effect; left out: every effect."
    )
    toleration_seconds: int | None = Field(
        default=None,
        description="How long the pod stays after a NoExecute taint appeared; left out: for good.",
        ge=0,
        le=2_147_483_647,
    )


class Spread(ApiModel):
    """How the pods spread over zones or nodes, as in a pod's topologySpreadConstraints."""

    max_skew: int = Field(description="How many more pods one domain may have than another.", ge=1, le=100)
    topology_key: str = Field(
        description="The node label whose values are the domains.", min_length=1, max_length=317
    )
    when_unsatisfiable: Literal["DoNotSchedule", "ScheduleAnyway"] = Field(
        description="What to do with a pod that would break the rule."
    )
    min_domains: int | None = Field(
        default=None, description="Domains there must be at least.", ge=1, le=1_000
    )


class PullSecret(ApiModel):
    """A Secret that holds a registry's credentials."""

    name: str = Field(description="The Secret's name.", pattern=OBJECT_NAME, max_length=253)


class EnvVar(ApiModel):
    """A plain environment variable."""

    name: str = Field(description="The variable's name.", pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=128)
    value: str = Field(
        description="The variable's value; never a secret, those come as files.", max_length=4_096
    )


class Pod(ApiModel):
    """What may be changed about the pods."""

    resources: Resources | None = Field(
        default=None, description="CPU and memory; left out: the BotClass's, then the built-in ones."
    )
    node_selector: dict[str, str] | None = Field(
        default=None, description="Labels a node must have.", max_length=32
    )
    tolerations: tuple[Toleration, ...] | None = Field(
        default=None, description="Taints the pods put up with.", max_length=32, json_schema_extra=ATOMIC
    )
    affinity: FreeObject | None = Field(
        default=None, description="Affinity exactly as in a pod's spec.affinity.", json_schema_extra=FREE
    )
    topology_spread_constraints: tuple[Spread, ...] | None = Field(
        default=None,
        description="Left out: spread over nodes where possible. The selector is always this bot's pods.",
        max_length=8,
        json_schema_extra=ATOMIC,
    )
    priority_class_name: str | None = Field(
        default=None, description="The PriorityClass of the pods.", pattern=OBJECT_NAME, max_length=253
    )
    labels: dict[str, str] | None = Field(
        default=None,
        description="More labels for the pods.",
        max_length=32,
        json_schema_extra=rules(not_ours("labels")),
    )
    annotations: dict[str, str] | None = Field(
        default=None,
        description="More annotations for the pods.",
        max_length=32,
        json_schema_extra=rules(not_ours("annotations"), _NOT_WEAKER),
    )
    image_pull_secrets: tuple[PullSecret, ...] | None = Field(
        default=None,
        description="Secrets to pull the image with.",
        max_length=8,
        json_schema_extra=MAP_BY_NAME,
    )
    env: tuple[EnvVar, ...] | None = Field(
        default=None,
        description="Plain environment variables. Credentials don't belong here.",
        max_length=64,
        json_schema_extra=MAP_BY_NAME,
    )
