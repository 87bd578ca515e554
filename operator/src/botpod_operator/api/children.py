"""What a platform decides about all objects of its bots, and about their pods."""

from typing import Literal

from pydantic import Field

from botpod_operator.api.base import ApiModel, rules
from botpod_operator.api.pod import not_ours
from botpod_operator.api.shared import Resources


class ChildMetadata(ApiModel):
    """Labels and annotations for every object of a bot: for cost centres, policies and tools."""

    labels: dict[str, str] | None = Field(
        default=None,
        description="More labels for every object of a bot; pods have their own in spec.pod.",
        max_length=32,
        json_schema_extra=rules(not_ours("labels")),
    )
    annotations: dict[str, str] | None = Field(
        default=None,
        description="More annotations for every object of a bot; pods have their own in spec.pod.",
        max_length=32,
        json_schema_extra=rules(not_ours("annotations")),
    )


class ClassPods(ApiModel):
    """What is the platform's about the pods, and no owner's."""

    user_ids: Literal["Fixed", "Platform"] = Field(
        default="Fixed",
        description=(
            "The pods' user and group ids: Fixed (65532) or Platform, where the cluster chooses them for "
            "each namespace, as OpenShift does. Never root either way."
        ),
    )
    credentials_resources: Resources | None = Field(
        default=None,
        description=(
            "CPU and memory of the process beside the bot that takes its credentials, with delivery Direct; "
            "left out: 10m and 64Mi, at most 128Mi."
        ),
    )
