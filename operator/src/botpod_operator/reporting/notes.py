"""Which events people see: one when an aspect turns bad or good again, one when credentials arrive. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botpod_operator.api.status import BotInstanceStatus, Condition

WATCHED = ("Accepted", "CredentialsVerified", "Available")
"""The conditions whose changes are told; the others only repeat them or change all the time."""

QUIET = frozenset({"Starting", "NoPods", "NotCheckedYet", "NotVerifiedYet", "Suspended", "ScaledToZero"})
"""Reasons that somebody asked for or that pass by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One event to post."""

    kind: Literal["Normal", "Warning"]
    reason: str
    action: str
    message: str


def notes(before: BotInstanceStatus, after: BotInstanceStatus) -> tuple[Note, ...]:
    """Return what to tell about the step from one status to the next."""
    return tuple(_conditions(before, after)) + tuple(_credentials(before, after))


def _conditions(before: BotInstanceStatus, after: BotInstanceStatus) -> Iterator[Note]:
    old, new = _by_type(before), _by_type(after)
    for kind in WATCHED:
        was, is_ = old.get(kind), new[kind]
        if was is not None and (was.status, was.reason) == (is_.status, is_.reason):
            continue
        if is_.status != "True" and is_.reason not in QUIET:
            yield Note(kind="Warning", reason=is_.reason, action="Reconcile", message=is_.message)
        elif is_.status == "True" and kind != "Accepted":
            yield Note(kind="Normal", reason=is_.reason, action="Reconcile", message=is_.message)
        elif was is not None and was.status == "False" and was.reason not in QUIET:
            yield Note(
                kind="Normal", reason=f"{kind}Again", action="Reconcile", message=f"Solved: {was.message}"
            )


def _credentials(before: BotInstanceStatus, after: BotInstanceStatus) -> Iterator[Note]:
    old, new = before.credentials, after.credentials
    if new is not None and (old is None or (old.source, old.version) != (new.source, new.version)):
        keys = ", ".join(new.keys or ())
        yield Note(
            kind="Normal",
            reason="CredentialsDelivered",
            action="Deliver",
            message=f"Version {new.version} of {new.source} is delivered: {keys}.",
        )


def _by_type(status: BotInstanceStatus) -> dict[str, Condition]:
    return {condition.type: condition for condition in status.conditions or ()}
