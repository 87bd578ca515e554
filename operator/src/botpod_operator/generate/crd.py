"""The two CustomResourceDefinitions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botpod_operator.api import GROUP, VERSION
from botpod_operator.api.botclass import BotClass
from botpod_operator.api.botinstance import BotInstance
from botpod_operator.generate.structural import structural

if TYPE_CHECKING:
    from pydantic import BaseModel

type Manifest = dict[str, Any]


def botinstance_crd() -> Manifest:
    """Return the CRD of BotInstance."""
    return _crd(
        model=BotInstance,
        names={
            "kind": "BotInstance",
            "listKind": "BotInstanceList",
            "plural": "botinstances",
            "singular": "botinstance",
            "shortNames": ["bot"],
            "categories": ["all", "botpod"],
        },
        scope="Namespaced",
        columns=[
            _column("Ready", '.status.conditions[?(@.type=="Ready")].status', "Whether the bot serves."),
            _column("Reason", '.status.conditions[?(@.type=="Ready")].reason', "Why, in one word."),
            _column("Up", ".status.readyReplicas", "Pods that are ready.", kind="integer"),
            _column("Desired", ".status.effective.replicas", "Pods that shall be.", kind="integer"),
            _column("Model", ".status.effective.models[0]", "The first model, by its name in the bot."),
            _column("Class", ".spec.className", "The BotClass."),
            _column("Credentials", ".status.credentials.version", "The delivered version.", priority=1),
            _column("Message", '.status.conditions[?(@.type=="Ready")].message', "What to do.", priority=1),
            _column("Age", ".metadata.creationTimestamp", "When it was made.", kind="date"),
        ],
        subresources={
            "status": {},
            "scale": {
                "specReplicasPath": ".spec.replicas",
                "statusReplicasPath": ".status.replicas",
                "labelSelectorPath": ".status.selector",
            },
        },
    )


def botclass_crd() -> Manifest:
    """Return the CRD of BotClass."""
    return _crd(
        model=BotClass,
        names={
            "kind": "BotClass",
            "listKind": "BotClassList",
            "plural": "botclasses",
            "singular": "botclass",
            "categories": ["botpod"],
        },
        scope="Cluster",
        columns=[
            _column("Image", ".spec.image", "The bots' image."),
            _column("Vault", ".spec.vault.address", "Where credentials come from."),
            _column("Redis", ".spec.state.redis.url", "The shared state.", priority=1),
            _column("PostgreSQL", ".spec.state.postgresql.url", "The lasting state.", priority=1),
            _column("Age", ".metadata.creationTimestamp", "When it was made.", kind="date"),
        ],
        subresources={"status": {}},
    )


def crds() -> tuple[Manifest, ...]:
    """Return both CRDs, the class first: an instance without one is of no use."""
    return botclass_crd(), botinstance_crd()


def _column(
    name: str, path: str, description: str, *, kind: str = "string", priority: int = 0
) -> dict[str, Any]:
    column = {"name": name, "type": kind, "jsonPath": path, "description": description}
    return {**column, "priority": priority} if priority else column


def _crd(
    *,
    model: type[BaseModel],
    names: dict[str, Any],
    scope: str,
    columns: list[dict[str, Any]],
    subresources: dict[str, Any],
) -> Manifest:
    schema = structural(model)
    schema["properties"] = {
        "apiVersion": {"type": "string", "description": f"{GROUP}/{VERSION}"},
        "kind": {"type": "string", "description": names["kind"]},
        "metadata": {"type": "object"},
        **schema["properties"],
    }
    version = {
        "name": VERSION,
        "served": True,
        "storage": True,
        "additionalPrinterColumns": columns,
        "schema": {"openAPIV3Schema": schema},
        "subresources": subresources,
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{names['plural']}.{GROUP}"},
        "spec": {"group": GROUP, "names": names, "scope": scope, "versions": [version]},
    }
