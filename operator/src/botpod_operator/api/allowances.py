"""What a BotClass allows: whose bots may use it, and what their owners may change. By default nothing."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from botpod_operator.api.base import DNS_LABEL, OBJECT_NAME, SET, ApiModel, cel, rules

EVERYTHING = "*"
"""The one wildcard that stands for all; nothing else does, and nothing left out does."""

type NamespaceName = Annotated[str, Field(pattern=rf"{DNS_LABEL}|^\*$", max_length=63)]
type ImagePattern = Annotated[
    str, Field(pattern=r"^([^\s*]+[/:@])?\*$|^[^\s*]+$", min_length=1, max_length=512)
]
type MetadataPattern = Annotated[str, Field(pattern=r"^[A-Za-z0-9./_-]*\*?$", min_length=1, max_length=317)]
type VariablePattern = Annotated[
    str, Field(pattern=r"^([A-Za-z_][A-Za-z0-9_]*)?\*?$", min_length=1, max_length=128)
]
type TaintKey = Annotated[str, Field(pattern=r"^([A-Za-z0-9./_-]+|\*)$", max_length=317)]
type LabelValue = Annotated[str, Field(max_length=63)]
type Effect = Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]


class LabelRequirement(ApiModel):
    """One expression of a label selector."""

    key: str = Field(description="The label's key.", min_length=1, max_length=317)
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist"] = Field(description="How values are compared.")
    values: tuple[LabelValue, ...] | None = Field(
        default=None, description="The values, with In and NotIn.", max_length=64, json_schema_extra=SET
    )


class LabelSelector(ApiModel):
    """A label selector as Kubernetes has it; one without any condition is refused."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            cel(
                "(has(self.matchLabels) && size(self.matchLabels) > 0) || "
                "(has(self.matchExpressions) && size(self.matchExpressions) > 0)",
                'selector: give matchLabels or matchExpressions; for all namespaces write names: ["*"]',
            )
        )
    )

    match_labels: dict[str, str] | None = Field(
        default=None, description="Labels that a namespace must have.", max_length=32
    )
    match_expressions: tuple[LabelRequirement, ...] | None = Field(
        default=None,
        description="Conditions that a namespace's labels must meet.",
        max_length=32,
        json_schema_extra={
            **rules(
                cel(
                    "self.all(e, e.operator in ['In', 'NotIn'] ? has(e.values) && size(e.values) > 0 : "
                    "!has(e.values) || size(e.values) == 0)",
                    "matchExpressions: give values with In and NotIn, and none with Exists and DoesNotExist",
                )
            )
        },
    )


class AllowedNamespaces(ApiModel):
    """The namespaces whose bots may use a class: those named and those selected."""

    names: tuple[NamespaceName, ...] | None = Field(
        default=None,
        description='Namespaces by name; "*" stands for all of them.',
        max_length=256,
        json_schema_extra=SET,
    )
    selector: LabelSelector | None = Field(
        default=None,
        description=(
            "Namespaces by their labels: whoever may label a Namespace decides with it. A change takes "
            "effect within a minute."
        ),
    )


class AllowedToleration(ApiModel):
    """A taint that may be tolerated, whatever its value."""

    key: TaintKey = Field(
        description='The taint\'s key; "*" stands for every key, and for tolerations that name none.'
    )
    effect: Effect | None = Field(
        default=None, description="The effect that may be tolerated; left out: every effect."
    )


class AllowedNodeLabel(ApiModel):
    """A label of nodes that pods may be bound to."""

    key: TaintKey = Field(
        description=(
            'The label\'s key; "*" stands for every key. For node affinity by matchFields: metadata.name.'
        )
    )
    values: tuple[LabelValue, ...] | None = Field(
        default=None,
        description="The values that may be asked for; left out: every value.",
        max_length=64,
        json_schema_extra=SET,
    )


class AllowedPod(ApiModel):
    """What owners may set in spec.pod. Resources, spread and pull secrets are theirs anyway."""

    priority_class_names: tuple[Annotated[str, Field(pattern=OBJECT_NAME, max_length=253)], ...] | None = (
        Field(default=None, description="PriorityClasses by name.", max_length=32, json_schema_extra=SET)
    )
    tolerations: tuple[AllowedToleration, ...] | None = Field(
        default=None, description="Taints that pods may put up with.", max_length=64
    )
    node_selector: tuple[AllowedNodeLabel, ...] | None = Field(
        default=None,
        description="Labels of nodes that nodeSelector and affinity.nodeAffinity may name.",
        max_length=64,
        json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["key"]},
    )
    affinity: tuple[Literal["PodAffinity", "PodAntiAffinity"], ...] | None = Field(
        default=None,
        description=(
            "Which affinity may name other pods than the bot's own. Required PodAntiAffinity can keep "
            "others' pods away from nodes."
        ),
        max_length=2,
        json_schema_extra=SET,
    )
    labels: tuple[MetadataPattern, ...] | None = Field(
        default=None,
        description="Labels of pods by name, or by how their names begin, such as example.com/*.",
        max_length=64,
        json_schema_extra=SET,
    )
    annotations: tuple[MetadataPattern, ...] | None = Field(
        default=None,
        description="Annotations of pods by name, or by how their names begin, such as example.com/*.",
        max_length=64,
        json_schema_extra=SET,
    )
    env: tuple[VariablePattern, ...] | None = Field(
        default=None,
        description=(
            "Environment variables by name, or by how their names begin, such as APP_*. Those that Python, "
            "the loader or a client of the bot reads (proxies, PYTHON*, LD_*, SSL_*, …) never are, "
            "whatever is listed."
        ),
        max_length=64,
        json_schema_extra=SET,
    )


class Allow(ApiModel):
    """What owners of bots may change. What isn't listed is refused."""

    images: tuple[ImagePattern, ...] | None = Field(
        default=None,
        description=(
            "Images beside the class's own: whole references, or everything below a path "
            "(registry.example/bots/*), every tag (registry.example/bot:*) or every digest "
            "(registry.example/bot@*) of one."
        ),
        max_length=64,
        json_schema_extra=SET,
    )
    pod: AllowedPod | None = Field(default=None, description="What owners may set in spec.pod.")
    tolerate_existing: bool = Field(
        default=True,
        description=(
            "Let bots go on that an operator before 0.2 accepted, with a warning, until version 0.3. Set it "
            "to false to refuse at once what isn't allowed."
        ),
    )
