"""The BotInstance that one host's settings amount to. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botpod.config.schema import INSTRUCTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botpod.environment.decide import Decision

API_VERSION, KIND = "botpod.dev/v1alpha1", "BotInstance"
FROM_THE_CLASS = frozenset({"redis-password", "postgresql-password"})
"""Credentials that the platform team's BotClass brings."""


def bot_instance(decision: Decision, *, name: str, path: str) -> dict[str, Any]:
    """Return the manifest of a BotInstance whose credentials are at ``path`` in Vault's KV store."""
    data = decision.data
    spec: dict[str, Any] = {"credentials": {"vault": {"path": path}}}
    if models := [_model(entry) for entry in data["models"]]:
        spec["models"] = models
    if data["skills"] != [{"name": "chat"}]:
        spec["skills"] = data["skills"]
    if data["instructions"] != INSTRUCTIONS:
        spec["instructions"] = data["instructions"]
    if data["commandPrefix"] != "!":
        spec["commandPrefix"] = data["commandPrefix"]
    if data["limits"]:
        spec["limits"] = _limits(data["limits"])
    if logging := _logging(data["logging"]):
        spec["logging"] = logging
    return {"apiVersion": API_VERSION, "kind": KIND, "metadata": {"name": name}, "spec": spec}


def credentials(decision: Decision) -> dict[str, str]:
    """Return what has to be in Vault, by key."""
    return {name: value for name, value in decision.secrets.items() if name not in FROM_THE_CLASS}


def _model(entry: Mapping[str, Any]) -> dict[str, Any]:
    kept = {
        key: entry[key] for key in ("name", "provider", "model", "maxTokens", "temperature") if key in entry
    }
    if "timeoutSeconds" in entry:
        kept["timeoutSeconds"] = max(1, round(entry["timeoutSeconds"]))
    return kept


def _limits(limits: Mapping[str, Any]) -> dict[str, int]:
    kept = {"messagesPerUser": limits.get("messagesPerUser"), "windowSeconds": limits.get("windowSeconds")}
    return {key: max(1, round(value)) for key, value in kept.items() if value is not None}


def _logging(logging: Mapping[str, Any]) -> dict[str, Any]:
    level, levels = _level(logging["level"]), {name: _level(one) for name, one in logging["levels"].items()}
    said = {"level": level} if level != "INFO" else {}
    return said | ({"levels": levels} if levels else {})


def _level(level: str) -> str:
    """Return the level as a BotInstance knows it; nothing is above ERROR there."""
    return "ERROR" if level == "CRITICAL" else level
