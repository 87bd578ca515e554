from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from botpod.check import context
from botpod.config.schema import SkillSection
from botpod.errors import ConfigurationInvalid
from botpod.permissions.names import unknown
from botpod.skills.protocol import Command, Manifest
from botpod.skills.registry import build, installed, missing_credentials, unknown_skills

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from botpod.skills.protocol import SkillContext
    from botpod.skills.registry import Loadable


class Skill:
    manifest = Manifest(name="dice", description="Rolls.", credentials=frozenset({"GitHub"}))

    def __init__(self, settings: Mapping[str, object]) -> None:
        self.settings = settings

    async def handle(self, request: Any, reply: Any) -> None: ...


class Point:
    """An entry point; counts how often it was imported."""

    def __init__(self, factory: Callable[[SkillContext], Any]) -> None:
        self._factory = factory
        self.loaded = 0

    def load(self) -> Any:
        self.loaded += 1
        return self._factory


def dice(context: SkillContext) -> Skill:
    return Skill(context.settings)


def picky(_: SkillContext) -> Skill:
    raise ConfigurationInvalid(("settings.sides is 0; it must be at least 1.", "settings.x is wrong."))


def broken(_: SkillContext) -> Skill:
    raise RuntimeError("no such library")


def registry(**points: Point) -> Callable[[], Mapping[str, Loadable]]:
    return lambda: points


def test_only_what_is_named_is_imported() -> None:
    rolled, other = Point(dice), Point(broken)

    (skill,) = build(
        [SkillSection(name="dice", settings={"sides": 6})], context, skills=registry(dice=rolled, other=other)
    )

    assert isinstance(skill, Skill)
    assert skill.settings == {"sides": 6}
    assert (rolled.loaded, other.loaded) == (1, 0)


def test_all_problems_of_all_skills_are_told_with_their_place() -> None:
    sections = [SkillSection(name=name) for name in ("picky", "dice", "broken", "missing")]

    with pytest.raises(ConfigurationInvalid) as error:
        build(sections, context, skills=registry(picky=Point(picky), dice=Point(dice), broken=Point(broken)))

    assert error.value.problems == (
        "skills[0].settings.sides is 0; it must be at least 1.",
        "skills[0].settings.x is wrong.",
        "skills[2] (broken) can't be loaded: RuntimeError: no such library.",
        'skills[3].name names "missing", which this image does not have; use one of: broken, dice, picky.',
    )


class Demanding(Skill):
    manifest = Manifest(
        name="mod",
        description="Moderates.",
        commands=(
            Command(name="purge", description="Purge.", requires=frozenset({"MANAGE_MESSAGES"})),
            Command(name="ban", description="Ban.", requires=frozenset({"BAN_MEMBERS", "BAN_ALL"})),
        ),
    )


def test_a_command_may_only_require_what_discord_knows() -> None:
    sections = [SkillSection(name=name) for name in ("dice", "mod")]
    points = registry(dice=Point(dice), mod=Point(lambda _: Demanding({})))

    with pytest.raises(ConfigurationInvalid) as error:
        build(sections, context, skills=points)

    assert error.value.problems == (
        'skills[1] (mod) has the command "ban", which requires "BAN_ALL"; Discord has no such permission.',
    )


def test_unknown_skills_are_found_without_importing_any() -> None:
    known = Point(broken)

    found = list(unknown_skills({"skills": [{"name": "known"}, {"name": "b"}]}, skills=registry(known=known)))

    assert found == ['skills[1].name names "b", which this image does not have; use one of: known.']
    assert known.loaded == 0


def test_a_skill_says_which_credentials_it_needs() -> None:
    skills = [Skill({})]

    assert list(missing_credentials(skills, frozenset({"OpenAI"}))) == [
        "skills[0] (dice) needs a credential of kind GitHub; add it to credentials.keys."
    ]
    assert list(missing_credentials(skills, frozenset({"GitHub"}))) == []


def test_the_chat_skill_comes_through_the_same_door() -> None:
    (skill,) = build([SkillSection(name="chat")], context)

    assert "chat" in installed()
    assert skill.manifest.name == "chat"
    assert [command.name for command in skill.manifest.commands] == ["ask"]


@pytest.mark.parametrize("name", list(installed()))
def test_every_installed_skill_keeps_the_contract(name: str) -> None:
    (skill,) = build([SkillSection(name=name)], context)
    manifest = skill.manifest

    assert manifest.name == name
    assert manifest.description.endswith(".")
    for command in manifest.commands:
        assert command.name == command.name.lower()
        assert 1 <= len(command.name) <= 32
        assert 1 <= len(command.description) <= 100
        assert len(command.options) <= 25
        assert not unknown(command.requires)
        for option in command.options:
            assert 1 <= len(option.name) <= 32
            assert 1 <= len(option.description) <= 100
    for permission in manifest.permissions:
        assert permission == permission.upper()
