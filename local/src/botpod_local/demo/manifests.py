"""What the demo gives to Helm and to kubectl. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_local.demo.plan import BOT, NAMESPACE, VAULT_PATH, VAULT_ROLE

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


def bot(model: Mapping[str, str]) -> dict[str, object]:
    """Return the BotInstance one talks to."""
    return {
        "apiVersion": "botpod.dev/v1alpha1",
        "kind": "BotInstance",
        "metadata": {"name": BOT, "namespace": NAMESPACE},
        "spec": {
            "credentials": {"vault": {"role": VAULT_ROLE, "path": VAULT_PATH}},
            "models": [{"name": "main", **model}],
        },
    }
