"""The page about one host says what is so."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml

from botpod.cli import _parser
from botpod.environment.levels import LIBRARIES, OURS
from botpod.environment.names import UNUSED
from botpod.environment.variables import Variables

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "one-host.md").read_text()
COMMANDS = [
    line.lstrip("$# ")
    for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    for line in block.replace("\\\n", " ").splitlines()
]


@pytest.mark.req("CL-51")
def test_every_variable_is_described() -> None:
    rows = dict(
        re.findall(r"^\| `([A-Z_]+)` \| (.+) \|$", PAGE.partition("### What differs")[0], re.MULTILINE)
    )
    for name, field in Variables.model_fields.items():
        assert rows[name.upper()] == field.description
    for name in re.findall(r"^(?:# )?([A-Z][A-Z_]*)=", (ROOT / ".env.example").read_text(), re.MULTILINE):
        assert name in rows or name.startswith("LOG_LEVEL_")
    for component in (*OURS, *LIBRARIES):
        assert component in PAGE
    for name in re.findall(r"nothing reads now \((.*?) and others\)", PAGE)[0].split(", "):
        assert name.strip("`").lower() in UNUSED


def test_every_file_that_it_names_is_there() -> None:
    for place in re.findall(r"\]\((\.\./[^)#]+)", PAGE):
        assert (ROOT / "docs" / place).exists(), place
    for place in re.findall(r"deploy/[\w./-]+", PAGE):
        assert (ROOT / place).exists(), place


def test_the_bots_command_lines_are_ones_that_it_takes() -> None:
    lines = [re.sub(r"^\S*/botpod ", "botpod ", line.partition("| vault")[0]) for line in COMMANDS]
    ours = [
        shlex.split(line.partition("#")[0].partition(">")[0])[1:]
        for line in lines
        if line.startswith("botpod ")
    ]
    ours += [
        shlex.split(line)[shlex.split(line).index("run", 4) :]
        for line in lines
        if line.startswith("docker run")
    ]
    assert len(ours) >= 5
    for arguments in ours:
        _parser().parse_args(arguments)


@pytest.mark.partly("AU-03", lacks="it is not deployed to Heroku itself")
def test_herokus_file_builds_the_image_and_starts_the_bot() -> None:
    heroku = yaml.safe_load((ROOT / "deploy" / "heroku" / "heroku.yml").read_text())

    dockerfile = (ROOT / heroku["build"]["docker"]["web"]).read_text()
    assert 'ENTRYPOINT ["botpod"]' in dockerfile
    assert _parser().parse_args(shlex.split(heroku["run"]["web"])[1:]).config is None


def test_the_charts_values_that_it_sets_are_there() -> None:
    values = yaml.safe_load((ROOT / "charts" / "botpod" / "values.yaml").read_text())
    (line,) = [line for line in COMMANDS if line.startswith("helm install")]
    for setting in re.findall(r"--set '?([\w.]+)=", line):
        section, _, key = setting.partition(".")
        assert key in values[section]


@pytest.mark.req("CL-30")
def test_git_keeps_no_env_file_but_the_example() -> None:
    def ignored(name: str) -> bool:
        done = subprocess.run(["git", "check-ignore", "-q", "--no-index", name], cwd=ROOT, check=False)
        assert done.returncode in {0, 1}
        return done.returncode == 0

    assert ignored(".env")
    assert ignored(".env.production")
    assert ignored("botpod/.env")
    assert not ignored(".env.example")
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    names = {Path(line).name for line in tracked.splitlines()}
    assert {name for name in names if name == ".env" or name.startswith(".env.")} == {".env.example"}
