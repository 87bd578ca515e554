"""Who wrote a BotInstance's ``spec.replicas``: by the API server's audit log, and by who owns the fields."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from botpod_operator.identity import MANAGER

if TYPE_CHECKING:
    from collections.abc import Iterable


def our_writes(events: Iterable[dict[str, Any]], *, namespace: str) -> Counter[str]:
    """Count the operator's writes to the namespace's bots by subresource, the bots themselves as ``spec``."""
    return Counter(
        event["objectRef"].get("subresource", "spec")
        for event in bot_writes(events, namespace=namespace)
        if event.get("userAgent", "").startswith(MANAGER)
    )


def bot_writes(events: Iterable[dict[str, Any]], *, namespace: str) -> list[dict[str, Any]]:
    """Return what was written to the namespace's bots, by whomever."""
    return [
        event
        for event in events
        if event["objectRef"]["resource"] == "botinstances"
        and event["objectRef"].get("namespace") == namespace
    ]


def our_hold(bot: dict[str, Any]) -> set[str]:
    """Return the managers of ours that own anything in a bot's spec, by whatever request."""
    return {
        entry["manager"]
        for entry in bot["metadata"]["managedFields"]
        if "f:spec" in entry["fieldsV1"] and entry["manager"].startswith(MANAGER)
    }
