"""What goes on though it isn't allowed, because an operator before the allow-lists accepted it. Pure.

The memory is ``status.tolerated``, which no owner can write: a new object has none, and every look writes
it. So a status without it is of an operator before, and what *that* accepted is tolerated. Each later look
only takes away: a violation that is new is refused, and one that is mended can't come back. A look that was
repeated, or whose status was not written, decides the same again: it decides from the same status.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botpod_operator.allowances.judge import REFUSED_FROM, image_code
from botpod_operator.allowances.namespaces import class_code

if TYPE_CHECKING:
    from collections.abc import Iterable

    from botpod_operator.allowances.violation import Violation
    from botpod_operator.api.status import BotInstanceStatus

REFUSED_BY_OTHERS = frozenset({"ChildRefused"})
"""Reasons of Accepted=False of a bot that the operator itself had accepted: only the API server hadn't."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What becomes of a bot's violations."""

    refused: tuple[Violation, ...]
    """Why the bot isn't run as it is written; empty where it is."""
    warned: tuple[Violation, ...]
    """What goes on for now."""
    tolerated: tuple[str, ...]
    """The codes to remember."""


def rule(
    violations: Iterable[Violation],
    *,
    before: BotInstanceStatus,
    generation: int,
    tolerating: bool = True,
    runnable: bool = True,
) -> Ruling:
    """Decide by the status before this look.

    Args:
        violations: everything that isn't allowed now.
        before: the status that the same object has.
        generation: the object's, which the violations are of.
        tolerating: whether the class tolerates anything.
        runnable: whether nothing else is in the way.
    """
    found = tuple(violations)
    remembered = tolerable(found, before=before, generation=generation)
    in_force = remembered if tolerating else frozenset()
    refused = tuple(one for one in found if one.refused and one.code not in in_force)
    codes = {one.code for one in found}
    # While the bot is refused its pods are those of before: what they go beyond stays known for an edit back.
    kept = remembered & codes if runnable and not refused else remembered
    return Ruling(
        refused=refused,
        warned=tuple(one for one in found if one.code in in_force),
        tolerated=tuple(sorted(kept)),
    )


def tolerable(
    violations: Iterable[Violation], *, before: BotInstanceStatus, generation: int
) -> frozenset[str]:
    """Return the codes that the status vouches for."""
    if before.tolerated is not None:
        return frozenset(before.tolerated)
    accepted = next((one for one in before.conditions or () if one.type == "Accepted"), None)
    if accepted is None or (accepted.status != "True" and accepted.reason not in REFUSED_BY_OTHERS):
        return frozenset()
    codes = frozenset(one.code for one in violations)
    if accepted.observed_generation == generation:
        return codes
    # Edited since: only what the status itself shows to be as it was.
    was = before.effective
    shown = {class_code(was.class_name or "")} if was else set()
    shown |= {image_code(was.image or "")} if was else set()
    return codes & shown


def warning(warned: Iterable[Violation]) -> str:
    """Return what the owner is told."""
    sentences = " ".join(one.message for one in warned)
    return f"It goes on as before, but not from version {REFUSED_FROM} on. {sentences}"
