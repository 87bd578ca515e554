"""The values in force, as the status shows them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_operator.api.inforce import EffectiveStatus, LoggingStatus

if TYPE_CHECKING:
    from botpod_operator.effective import Effective

BEGINNING = 100
"""Characters of the instructions that are shown: enough to know them, and no second copy of them."""


def in_force(effective: Effective) -> EffectiveStatus:
    """Return what ``status.effective`` says."""
    return EffectiveStatus(
        class_name=effective.class_name,
        class_generation=effective.class_generation,
        image=effective.image,
        replicas=effective.replicas,
        delivery="Interactions" if effective.interactions else "Gateway",
        interactions_url=effective.interactions_url,
        shards=None if effective.interactions else effective.shards,
        models=tuple(f"{model.name}={model.provider}/{model.model}" for model in effective.models),
        skills=tuple(skill.name for skill in effective.skills),
        instructions=_beginning(effective.instructions),
        command_prefix=effective.command_prefix,
        state=effective.state.summary,
        limits=effective.limits,
        flags=effective.flags,
        logging=LoggingStatus(level=effective.logging.level, levels={**(effective.logging.levels or {})}),
        resources=effective.resources,
        sources=effective.origins,
    )


def _beginning(text: str) -> str:
    return text if len(text) <= BEGINNING else f"{text[: BEGINNING - 1]}…"
