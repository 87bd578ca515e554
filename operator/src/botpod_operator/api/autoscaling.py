"""``spec.autoscaling``: what a HorizontalPodAutoscaler goes by when it edits spec.replicas."""

from typing import Any, Literal

from pydantic import ConfigDict, Field

from botpod_operator.api.base import ATOMIC, FREE, ApiModel, FreeObject, cel, rules

SOURCES = {
    "Resource": "resource",
    "ContainerResource": "containerResource",
    "Pods": "pods",
    "Object": "object",
    "External": "external",
}
"""The types of a metric, and the field that each one's details stand in."""


def _own_field() -> str:
    """Return CEL that holds where a metric has the field of its type and no other."""
    return " && ".join(f"has(self.{field}) == (self.type == '{kind}')" for kind, field in SOURCES.items())


def _details(kind: str) -> Any:  # what pydantic types its own Field as
    return Field(
        default=None,
        description=f"Where type is {kind}: exactly as in a HorizontalPodAutoscaler's spec.metrics.",
        json_schema_extra=FREE,
    )


class Metric(ApiModel):
    """One metric to scale by, as in a HorizontalPodAutoscaler (autoscaling/v2)."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            cel(
                _own_field(),
                "metrics: give the one field that type names (resource, containerResource, pods, object or "
                "external) and no other",
            )
        )
    )

    type: Literal["Resource", "ContainerResource", "Pods", "Object", "External"] = Field(
        description="What the metric is about; the field of this name holds the rest."
    )
    resource: FreeObject | None = _details("Resource")
    container_resource: FreeObject | None = _details("ContainerResource")
    pods: FreeObject | None = _details("Pods")
    object: FreeObject | None = _details("Object")
    external: FreeObject | None = _details("External")


class Behavior(ApiModel):
    """How fast to scale, as in a HorizontalPodAutoscaler (autoscaling/v2)."""

    scale_up: FreeObject | None = Field(
        default=None,
        description="Exactly as in a HorizontalPodAutoscaler's spec.behavior.scaleUp.",
        json_schema_extra=FREE,
    )
    scale_down: FreeObject | None = Field(
        default=None,
        description="Exactly as in a HorizontalPodAutoscaler's spec.behavior.scaleDown.",
        json_schema_extra=FREE,
    )


class Autoscaling(ApiModel):
    """Let a HorizontalPodAutoscaler edit spec.replicas.

    Targets and metrics add up: the one that asks for the most pods counts.
    """

    model_config = ConfigDict(
        json_schema_extra=rules(
            cel(
                "self.minReplicas <= self.maxReplicas",
                "autoscaling: minReplicas must not be above maxReplicas; raise one or lower the other",
                field=".minReplicas",
            )
        )
    )

    min_replicas: int = Field(default=1, description="The fewest pods.", ge=1, le=1_000)
    max_replicas: int = Field(description="The most pods.", ge=1, le=1_000)
    target_cpu_utilization_percentage: int | None = Field(
        default=None,
        alias="targetCPUUtilizationPercentage",
        description=(
            "CPU use to aim at, in percent of the request; 80 when neither a target nor metrics are given."
        ),
        ge=1,
        le=1_000,
    )
    target_memory_utilization_percentage: int | None = Field(
        default=None, description="Memory use to aim at, in percent of the request.", ge=1, le=1_000
    )
    metrics: tuple[Metric, ...] | None = Field(
        default=None,
        description=(
            "More to scale by, beside the targets, exactly as in a HorizontalPodAutoscaler's spec.metrics. "
            "What asks for the most pods counts. The container's name is bot."
        ),
        max_length=16,
        json_schema_extra=ATOMIC,
    )
    behavior: Behavior | None = Field(
        default=None,
        description="How fast to scale up and down; left out: as Kubernetes does by itself.",
    )
