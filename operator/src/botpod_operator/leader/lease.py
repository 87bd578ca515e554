"""The Lease object: what it says, and what it shall say next. Pure.

Its times are for people and tools only. Nothing is ever decided by them, they come from other clocks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botpod_operator.identity import MANAGED_BY
from botpod_operator.kube.resources import LEASE

if TYPE_CHECKING:
    import datetime as dt

RELEASED_SECONDS = 1
"""The shortest duration the API takes: other implementations look at it even where nobody holds the Lease."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A Lease as the API server last showed it; ``holder`` is empty where nobody has it."""

    holder: str
    seconds: float | None
    version: str
    manifest: dict[str, Any] = field(repr=False)


def lease_in(manifest: dict[str, Any]) -> Lease:
    """Read a Lease."""
    spec = manifest.get("spec") or {}
    return Lease(
        holder=spec.get("holderIdentity") or "",
        seconds=spec.get("leaseDurationSeconds"),
        version=manifest["metadata"]["resourceVersion"],
        manifest=manifest,
    )


def new(*, namespace: str, name: str) -> dict[str, Any]:
    """Return a Lease that nobody holds yet, to be created."""
    return {
        "apiVersion": LEASE.api_version,
        "kind": LEASE.kind,
        "metadata": {"name": name, "namespace": namespace, "labels": MANAGED_BY},
        "spec": {},
    }


def claimed(manifest: dict[str, Any], *, by: str, seconds: int, now: dt.datetime) -> dict[str, Any]:
    """Return the Lease taken, or renewed where ``by`` has it already; the rest of it stays."""
    before = manifest.get("spec") or {}
    spec = {**before, "holderIdentity": by, "leaseDurationSeconds": seconds, "renewTime": _micro(now)}
    if before.get("holderIdentity") != by:
        spec["acquireTime"] = _micro(now)
        # As other tools count: who takes a new Lease changes nothing.
        spec["leaseTransitions"] = before.get("leaseTransitions", -1) + 1
    return {**manifest, "spec": spec}


def released(manifest: dict[str, Any], *, now: dt.datetime) -> dict[str, Any]:
    """Return the Lease given back."""
    spec = {
        **(manifest.get("spec") or {}),
        "holderIdentity": "",
        "leaseDurationSeconds": RELEASED_SECONDS,
        "renewTime": _micro(now),
    }
    return {**manifest, "spec": spec}


def _micro(now: dt.datetime) -> str:
    return now.isoformat(timespec="microseconds").replace("+00:00", "Z")
