"""What ``/health`` says. Pure: the status in, a body out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botpod.status import ShardState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botpod.status import Status


def health(status: Status, *, version: str, models: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
    """Return the HTTP status and the body.

    ``status`` is ``healthy``; ``degraded`` when something it needs is in trouble but it goes on;
    ``starting``; ``stopping``; ``unhealthy`` (503) when Discord refuses a shard: only a person can mend that.
    Each of ``services`` is ``healthy``, ``unhealthy`` with the error, or ``unknown`` before its first use.
    Errors name addresses: :func:`for_anybody` leaves them out.
    """
    services = {**_dependencies(status), **_models(models)}
    word = _word(status, troubled=any(one["status"] == "unhealthy" for one in services.values()))
    body = {
        "status": word,
        "version": version,
        "bot": status.bot,
        "uptime_seconds": round(status.clock() - status.started_at, 3),
        "reason": status.why_not_ready(),
        "services": services,
    }
    return (503 if word == "unhealthy" else 200), body


def for_anybody(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a body that :func:`health` gave is for those who show no key."""
    services = {name: {"status": one["status"]} for name, one in body["services"].items()}
    return {**body, "services": services}


def _word(status: Status, *, troubled: bool) -> str:
    if status.draining:
        return "stopping"
    if any(shard.state is ShardState.BLOCKED for shard in status.shards.values()):
        return "unhealthy"
    if not status.started:
        return "starting"
    return "degraded" if troubled else "healthy"


def _dependencies(status: Status) -> dict[str, dict[str, str]]:
    return {name: _service(one.problem) for name, one in sorted(status.dependencies.items())}


def _models(models: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    return {
        f"model/{name}": _service(one["problem"]) if one["used"] else {"status": "unknown"}
        for name, one in models.items()
    }


def _service(problem: str | None) -> dict[str, str]:
    return {"status": "healthy"} if problem is None else {"status": "unhealthy", "error": problem}
