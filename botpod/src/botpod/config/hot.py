"""What of a running bot's configuration is swapped in place, and what only a new process takes up. Pure.

The operator rolls the pods for everything else, so both must agree; a contract test holds them together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botpod.config.schema import Configuration, SkillSection

SECTIONS = ("flags", "instructions", "limits", "logging")


def swapped(running: Configuration, found: Configuration) -> Configuration:
    """Return ``running`` with what can be swapped taken from ``found``.

    A skill's settings are swapped where both have the skill; which skills there are is not.
    """
    settings = {skill.name: skill for skill in found.skills}
    skills = tuple(settings.get(skill.name, skill) for skill in running.skills)
    return running.model_copy(
        update={"skills": skills} | {name: getattr(found, name) for name in SECTIONS},
    )


def left_over(running: Configuration, found: Configuration) -> tuple[str, ...]:
    """Return the sections, as the file names them, that differ and need a new process."""
    names = [
        info.alias or name
        for name, info in type(found).model_fields.items()
        if name not in {*SECTIONS, "skills"} and getattr(running, name) != getattr(found, name)
    ]
    return (*names, *(("skills",) if _names(running.skills) != _names(found.skills) else ()))


def _names(skills: tuple[SkillSection, ...]) -> tuple[str, ...]:
    return tuple(skill.name for skill in skills)
