"""What the demo gives to Helm and to kubectl. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botpod_local.demo.plan import NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Mapping


def values(
    *,
    images: Mapping[str, str],
    vault_address: str,
    discord_url: str,
    openai_url: str,
    anthropic_url: str,
) -> dict[str, object]:
    """Return the chart's values; ``images`` are references of bot, operator, redis and postgresql."""
    return {
        "watch": {"namespaces": [NAMESPACE]},
        "operator": {"image": images["operator"]},
        "defaultClass": {
            "image": images["bot"],
            "vault": {"address": vault_address, "authMount": "jwt", "kvMount": "secret", "audience": "vault"},
            "discord": {"apiUrl": discord_url},
            "providers": {"openAI": {"baseUrl": openai_url}, "anthropic": {"baseUrl": anthropic_url}},
        },
        "redis": {"enabled": True, "image": images["redis"]},
        "postgresql": {"enabled": True, "image": images["postgresql"]},
    }


def bot(example: Mapping[str, Any], model: Mapping[str, str]) -> dict[str, Any]:
    """Return the example's BotInstance in the demo's namespace, answered for by ``model``."""
    return {
        **example,
        "metadata": {**example["metadata"], "namespace": NAMESPACE},
        "spec": {**example["spec"], "models": [{"name": "main", **model}]},
    }
