"""Which events people see: one when something needs them, one when that is over, one when credentials arrive.

A bot that is made and comes up is one event. Pods that come and go are none: their Deployment tells of them.
Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from botpod_operator.reporting.credentials import newly_delivered, newly_refused
from botpod_operator.reporting.findings import PARTLY_AVAILABLE, WILL_BE_REFUSED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botpod_operator.api.status import BotInstanceStatus, Condition

WATCHED = ("Accepted", "CredentialsVerified", "Applied", "Available", "Continuity")
"""The conditions whose changes are told; the others only repeat them or change all the time."""

QUIET = frozenset(
    {
        "NoPods",
        "NoPostgreSQL",
        "NoRedis",
        "NotApplied",
        "NotCheckedYet",
        "PartlyVerified",
        "ScaledToZero",
        "Starting",
        "Suspended",
        "VerificationOff",
    }
)
"""Reasons that somebody asked for or that pass by themselves."""

AS_GOOD_AS_TRUE = frozenset({"PartlyVerified", "VerificationOff"})
"""Reasons of what nobody can be asked about, or shall be."""

OF_A_VERSION = frozenset({"CredentialRefused", "OtherApplication"})
"""Reasons that are told once for each version, even where the one before was refused for the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One event to post."""

    kind: Literal["Normal", "Warning"]
    reason: str
    action: str
    message: str


def notes(before: BotInstanceStatus, after: BotInstanceStatus) -> tuple[Note, ...]:
    """Return what to tell about the step from one status to the next."""
    return (
        *_conditions(before, after),
        *_credentials(before, after),
        *_configuration(before, after),
        *_duplicated(before, after),
    )


def _duplicated(before: BotInstanceStatus, after: BotInstanceStatus) -> Iterator[Note]:
    was, is_ = _by_type(before).get("Duplicated"), _by_type(after).get("Duplicated")
    if is_ is not None and was is None:
        yield Note(kind="Warning", reason=is_.reason, action="Reconcile", message=is_.message)
    elif was is not None and is_ is None:
        yield Note(
            kind="Normal", reason="DuplicatedNoMore", action="Reconcile", message=f"Solved: {was.message}"
        )


def _configuration(before: BotInstanceStatus, after: BotInstanceStatus) -> Iterator[Note]:
    was, is_ = _by_type(before).get("Progressing"), _by_type(after)["Progressing"]
    if is_.reason == "ConfigurationRefused" and (was is None or was.message != is_.message):
        yield Note(kind="Warning", reason=is_.reason, action="Configure", message=is_.message)


def _conditions(before: BotInstanceStatus, after: BotInstanceStatus) -> Iterator[Note]:
    old, new = _by_type(before), _by_type(after)
    for kind in WATCHED:
        was, is_ = old.get(kind), new[kind]
        if was is not None and (was.status, was.reason) == (is_.status, is_.reason):
            continue
        if is_.reason == WILL_BE_REFUSED or (
            is_.reason == PARTLY_AVAILABLE and was is not None and was.status == "True"
        ):
            yield Note(kind="Warning", reason=is_.reason, action="Reconcile", message=is_.message)
        elif _is_trouble(is_):
            if is_.reason not in OF_A_VERSION:
                yield Note(kind="Warning", reason=is_.reason, action="Reconcile", message=is_.message)
        elif was is not None and _is_trouble(was) and _is_fine(is_):
            if kind == "CredentialsVerified" and newly_delivered(before.credentials, after.credentials):
                continue  # what arrived tells of itself
            if kind == "Continuity" and not after.replicas:
                continue  # nobody is there any more to tell that it is over
            solved = f"Solved: {was.message}"
            yield Note(kind="Normal", reason=f"{kind}Again", action="Reconcile", message=solved)


def _is_trouble(condition: Condition) -> bool:
    return condition.reason == PARTLY_AVAILABLE or (
        condition.status != "True" and condition.reason not in QUIET
    )


def _is_fine(condition: Condition) -> bool:
    return (
        condition.status == "True" and condition.reason != PARTLY_AVAILABLE
    ) or condition.reason in AS_GOOD_AS_TRUE


def _credentials(before: BotInstanceStatus, after: BotInstanceStatus) -> Iterator[Note]:
    old, new = before.credentials, after.credentials
    told = _by_type(after)["CredentialsVerified"]
    if newly_refused(old, new) is not None:
        yield Note(kind="Warning", reason=told.reason, action="Verify", message=told.message)
    if new is not None and newly_delivered(old, new):
        keys = ", ".join(new.keys or ())
        verified = f" {told.message}" if _is_fine(told) else ""
        yield Note(
            kind="Normal",
            reason="CredentialsDelivered",
            action="Deliver",
            message=f"Version {new.version} of {new.source} is delivered: {keys}.{verified}",
        )


def _by_type(status: BotInstanceStatus) -> dict[str, Condition]:
    return {condition.type: condition for condition in status.conditions or ()}
