"""One thing that a bot asks for and its class doesn't allow. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botpod_operator.digests import digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from botpod_operator.api.allowances import Allow
    from botpod_operator.api.botclass import BotClassSpec
    from botpod_operator.api.botinstance import BotInstanceSpec

SHOWN = 100
"""Characters of somebody's value that a sentence quotes."""
LISTED = 8
"""Entries of a list that a sentence names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """What isn't allowed.

    ``code`` stands for field and value: with another value it is another violation. ``message`` names the
    field and the value, and says what would be allowed.
    """

    code: str
    reason: str
    message: str
    refused: bool = True
    """False for what is left out of the children instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the checks look at: a bot's own words, and its class."""

    name: str
    """The bot's."""
    spec: BotInstanceSpec
    class_spec: BotClassSpec

    @property
    def class_name(self) -> str:
        """The class that the bot names."""
        return self.spec.class_name

    @property
    def allow(self) -> Allow | None:
        """What the class allows; None for nothing."""
        return self.class_spec.allow


def pod_not_allowed(
    asked: Asked,
    *,
    field: str,
    code: str,
    what: str,
    allowed: Iterable[str],
    listed_in: str | None = None,
    reason: str = "PodNotAllowed",
) -> Violation:
    """Return the violation of one setting in ``spec.pod``.

    Args:
        asked: the bot and its class.
        field: below ``spec.pod``.
        code: stands for field and value.
        what: the value in words.
        allowed: what the class lists.
        listed_in: the field below the class's ``allow.pod`` where it does; left out: the same one.
        reason: for machines.
    """
    return Violation(
        code=code,
        reason=reason,
        message=f'spec.pod.{field}: {what} is not allowed by BotClass "{asked.class_name}", which lists '
        f"{listed(allowed)}; take it out, or have the platform team list it in "
        f"allow.pod.{listed_in or field}.",
    )


def shown(value: str) -> str:
    """Quote a value, cut where it is long."""
    return f'"{value if len(value) <= SHOWN else value[: SHOWN - 1] + "…"}"'


def listed(entries: Iterable[str]) -> str:
    """Return what a class lists, in words."""
    known = list(entries)
    if not known:
        return "none"
    more = f" and {len(known) - LISTED} more" if len(known) > LISTED else ""
    return ", ".join(known[:LISTED]) + more


def mark(value: Mapping[str, object] | Sequence[object] | str) -> str:
    """Return what stands for a value in a code: no value of an owner's is repeated in the status."""
    return digest(value)[:12]
