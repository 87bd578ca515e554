"""What a running bot swaps in place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from botpod.config.hot import left_over, swapped
from botpod.config.live import LiveConfiguration, revision
from botpod.config.schema import Configuration
from botpod.errors import ConfigurationInvalid

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MINIMAL = {"bot": {"name": "hello"}}


def configuration(**changes: Any) -> Configuration:
    return Configuration.model_validate({**MINIMAL, **changes})


@pytest.mark.parametrize(
    "change",
    [
        {"instructions": "Be brief."},
        {"limits": {"messagesPerUser": 1}},
        {"logging": {"level": "DEBUG", "levels": {"botpod.gateway": "ERROR"}}},
        {"flags": {"memory": False}},
        {"skills": [{"name": "chat", "settings": {"historyMessages": 1}}]},
    ],
)
def test_what_can_be_swapped_is_swapped_whole(change: dict[str, Any]) -> None:
    running, found = configuration(), configuration(**change)
    assert swapped(running, found) == found != running
    assert left_over(running, found) == ()


@pytest.mark.parametrize(
    ("change", "section"),
    [
        ({"models": [{"name": "a", "provider": "OpenAI", "model": "m", "baseUrl": "http://x"}]}, "models"),
        ({"commandPrefix": "?"}, "commandPrefix"),
        ({"discord": {"shards": {"mode": "Fixed", "count": 4}}}, "discord"),
        ({"server": {"publicPort": 1}}, "server"),
        ({"skills": [{"name": "chat"}, {"name": "more"}]}, "skills"),
        ({"skills": []}, "skills"),
    ],
)
def test_the_rest_waits_for_a_new_process(change: dict[str, Any], section: str) -> None:
    running, found = configuration(), configuration(**change, instructions="Be brief.")
    assert left_over(running, found) == (section,)
    assert swapped(running, found) == configuration(instructions="Be brief.")


class Running:
    """A file that is followed, and what was put in force."""

    def __init__(
        self, path: Path, *, check: Callable[[Any], Configuration] = Configuration.model_validate
    ) -> None:
        self.path = path
        self.used: list[Configuration] = []
        self.write()
        self.live = LiveConfiguration(path, configuration(), check=check, use=self.use)

    def write(self, **changes: Any) -> None:
        self.path.write_text(yaml.safe_dump({**MINIMAL, **changes}))

    def use(self, before: Configuration, after: Configuration) -> None:
        assert before == (self.used[-1] if self.used else configuration())
        if after.instructions == "refuse":
            raise ConfigurationInvalid(("instructions: say something else.",))
        self.used.append(after)


@pytest.fixture
def running(tmp_path: Path) -> Running:
    return Running(tmp_path / "config.yaml")


async def test_a_change_is_put_in_force_and_its_revision_told(running: Running) -> None:
    await running.live.look()
    first = running.live.status()
    running.write(instructions="Be brief.")
    await running.live.look()

    assert [one.instructions for one in running.used] == ["Be brief."]
    second = running.live.status()
    assert second == {"revision": revision(running.path.read_bytes()), "problems": (), "needsRestart": ()}
    assert first["revision"] not in {None, second["revision"]}


@pytest.mark.parametrize("content", ["instructions: [", "\xff", ""])
async def test_a_file_with_mistakes_changes_nothing_and_is_told(running: Running, content: str) -> None:
    running = Running(running.path, check=_checked)
    await running.live.look()
    before = running.live.status()
    running.path.write_text(content, encoding="latin-1")
    await running.live.look()

    assert running.used == []
    assert running.live.status()["revision"] == before["revision"]
    assert len(running.live.status()["problems"]) == 1
    running.write()
    await running.live.look()
    assert running.live.status() == before


def _checked(data: Any) -> Configuration:
    if not isinstance(data, dict):
        raise ConfigurationInvalid(("The configuration is not a mapping.",))
    return Configuration.model_validate(data)


async def test_what_a_skill_refuses_changes_nothing(running: Running) -> None:
    await running.live.look()
    before = running.live.status()
    running.write(instructions="refuse")
    await running.live.look()
    told = running.live.status()

    assert told == {**before, "problems": ("instructions: say something else.",)}


async def test_a_file_that_is_away_for_a_moment_changes_nothing(running: Running) -> None:
    await running.live.look()
    running.path.unlink()
    await running.live.look()
    assert "can't be read: No such file" in running.live.status()["problems"][0]
    running.write(commandPrefix="?")
    await running.live.look()
    assert running.live.status()["needsRestart"] == ("commandPrefix",)
    assert running.live.status()["problems"] == ()
