"""Bots and classes for tests of the operator's decisions."""

from __future__ import annotations

from typing import Any

from botpod_operator.api.botclass import BotClassSpec
from botpod_operator.api.botinstance import BotInstanceSpec
from botpod_operator.credentials.delivery import Delivery
from botpod_operator.effective import Effective, resolve
from botpod_operator.identity import Identity

DELIVERY = Delivery(
    source="vault:secret/bots/hello",
    version="3",
    digest="0123456789abcdef",
    keys=frozenset({"discord-token"}),
)


def identity(*, name: str = "hello", namespace: str = "default") -> Identity:
    """Return a bot's identity with a fixed uid."""
    return Identity(namespace=namespace, name=name, uid="7d3f2f0e-4f5c-4d6e-9a51-2f8f5a6f1c11")


def spec(**fields: Any) -> BotInstanceSpec:
    """Return an instance's spec as the API server would hand it out; credentials come from a Secret."""
    return BotInstanceSpec.model_validate({"credentials": {"secretRef": {"name": "mine"}}, **fields})


def class_spec(**fields: Any) -> BotClassSpec:
    """Return a class's spec."""
    return BotClassSpec.model_validate({"image": "registry.invalid/bot:1", **fields})


def effective_bot(
    *,
    spec: dict[str, Any] | None = None,
    class_spec: dict[str, Any] | None = None,
    namespace: str = "default",
) -> Effective:
    """Return what is in force for a bot."""
    return resolve(
        identity=identity(namespace=namespace),
        spec=globals()["spec"](**(spec or {})),
        class_spec=globals()["class_spec"](**(class_spec or {})),
    )
