"""Everything that can be wrong with a configuration, found without starting anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from pydantic import TypeAdapter, ValidationError

from botpod.config.checks import CHECKS
from botpod.config.credentials import files
from botpod.config.load import parse
from botpod.config.raw import find, texts
from botpod.config.schema import SkillSection
from botpod.errors import ConfigurationInvalid
from botpod.skills.protocol import SkillContext
from botpod.skills.registry import build, installed, missing_credentials, unknown_skills

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from botpod.config.checks import Check
    from botpod.config.schema import Configuration
    from botpod.skills.protocol import Conversations, Models


class _Absent:
    """Stands for what a skill must not use while it is built."""


def skills(data: Any) -> Iterator[str]:
    """Build every installed skill that is named, so that each says what it thinks of its settings."""
    kinds = frozenset(kind for _, kind in texts(data, "credentials", "keys", "*", "kind"))
    for path, entry in find(data, "skills", "*"):
        try:
            section = TypeAdapter(SkillSection).validate_python(entry)
        except ValidationError:
            continue
        if section.name not in installed():
            continue
        try:
            built = build([section], context)
        except ConfigurationInvalid as error:
            yield from (problem.replace("skills[0]", path, 1) for problem in error.problems)
        else:
            yield from (
                problem.replace("skills[0]", path, 1) for problem in missing_credentials(built, kinds)
            )


def context(section: SkillSection) -> SkillContext:
    """Return a context in which a skill can be built but not used."""
    return SkillContext(
        settings=section.settings,
        instructions="",
        models=cast("Models", _Absent()),
        conversations=cast("Conversations", _Absent()),
    )


def check(data: Any, *, credentials: Sequence[Check] = (files,)) -> Configuration:
    """Return the configuration; raises :class:`botpod.errors.ConfigurationInvalid` with all its mistakes.

    ``credentials``: what looks whether the credentials are there, where they are files.
    """
    return parse(data, checks=(*CHECKS, *credentials, unknown_skills, skills))
