"""Finds skills by name among the entry points ``botpod.skills``, and loads only those that are asked for."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Protocol, cast

from botpod.config.raw import texts
from botpod.errors import ConfigurationInvalid
from botpod.permissions.names import unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from botpod.config.schema import SkillSection
    from botpod.skills.protocol import Manifest, Skill, SkillContext

GROUP = "botpod.skills"

type Factory = Callable[[SkillContext], Skill]


class Loadable(Protocol):
    """What is needed of an entry point."""

    def load(self) -> Any:
        """Import it."""
        ...


@cache
def installed() -> Mapping[str, Loadable]:
    """Return every installed skill by name, none of them imported; looked for once per process."""
    return {point.name: point for point in entry_points(group=GROUP)}


def unknown_skills(data: Any, *, skills: Callable[[], Mapping[str, Loadable]] = installed) -> Iterator[str]:
    """Check, over a raw configuration, that every named skill is installed."""
    known = skills()
    for path, name in texts(data, "skills", "*", "name"):
        if name not in known:
            yield _unknown(path, name, known)


def _unknown(path: str, name: str, known: Mapping[str, Loadable]) -> str:
    there = ", ".join(sorted(known)) or "none"
    return f'{path} names "{name}", which this image does not have; use one of: {there}.'


def build(
    sections: Sequence[SkillSection],
    context: Callable[[SkillSection], SkillContext],
    *,
    skills: Callable[[], Mapping[str, Loadable]] = installed,
) -> tuple[Skill, ...]:
    """Import the named skills and create them, in their order.

    Raises :class:`botpod.errors.ConfigurationInvalid` with every skill's problems, each with the
    skill's place in the file before it.
    """
    known = skills()
    created: list[Skill] = []
    problems: list[str] = []
    for index, section in enumerate(sections):
        path = f"skills[{index}]"
        if section.name not in known:
            problems.append(_unknown(f"{path}.name", section.name, known))
            continue
        try:
            factory = cast("Factory", known[section.name].load())
            skill = factory(context(section))
            problems += (f"{path} {problem}" for problem in unknown_permissions(skill.manifest))
            created.append(skill)
        except ConfigurationInvalid as error:
            problems += (f"{path}.{problem}" for problem in error.problems)
        except Exception as error:  # noqa: BLE001 - a third party's skill may raise anything; it is named, not hidden
            problems.append(f"{path} ({section.name}) can't be loaded: {type(error).__name__}: {error}.")
    if problems:
        raise ConfigurationInvalid(tuple(problems))
    return tuple(created)


def unknown_permissions(manifest: Manifest) -> Iterator[str]:
    """Check that whatever a skill's commands require is a permission of Discord's."""
    for command in manifest.commands:
        for name in unknown(command.requires):
            yield (
                f'({manifest.name}) has the command "{command.name}", which requires "{name}"; Discord has no'
                " such permission."
            )


def missing_credentials(skills: Sequence[Skill], kinds: frozenset[str]) -> Iterator[str]:
    """Check that every skill's kinds of credential are listed."""
    for index, skill in enumerate(skills):
        for kind in sorted(skill.manifest.credentials - kinds):
            name = skill.manifest.name
            yield f"skills[{index}] ({name}) needs a credential of kind {kind}; add it to credentials.keys."
