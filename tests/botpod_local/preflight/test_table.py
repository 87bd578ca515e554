"""No target of the Makefile is forgotten: one table says what each needs, which is all that its code runs."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from executed import LOOKED_FOR, NO_PROGRAMS, code_of, pins_in, programs_in, started_by, targets

from botpod_local.binaries.debian import package_groups
from botpod_local.binaries.pins import PINS
from botpod_local.errors import LocalError
from botpod_local.preflight.table import Needs, all_needs, needs_of

ROOT = Path(__file__).parents[3]
LOCAL = ROOT / "local" / "src" / "botpod_local"
# Targets that do nothing by themselves.
COMPOSED = {"bench"}
WITHOUT_PYTHON = {"help"}
PREPARES_ITSELF = {"demo": "botpod_local.demo.command"}
# What a Debian's minimal base has: packages marked essential or required.
BASE = {"cat", "cp", "echo", "env", "ldd", "id", "install", "nsenter", "prlimit", "sh", "sleep", "unshare"}
# The table's programs that come with a package which another program shows.
COMES_WITH = {"ss": "iproute2", "prometheus": "prometheus", "ctr": "containerd"}


def test_each_target_of_the_makefile_is_in_the_table_and_nothing_else_is() -> None:
    assert set(targets()) - COMPOSED - WITHOUT_PYTHON == set(all_needs()) & set(targets())
    assert set(all_needs()) - set(targets()) <= {"try"}


@pytest.mark.parametrize("target", sorted(set(targets()) - COMPOSED - WITHOUT_PYTHON))
def test_each_target_brings_what_it_needs_before_it_does_anything(target: str) -> None:
    if target in PREPARES_ITSELF:
        assert f'prepare("{target}"' in (LOCAL / "demo" / "command.py").read_text(encoding="utf-8")
    else:
        assert targets()[target].splitlines()[0] == "\t$(READY)"


@pytest.mark.parametrize(
    "target", sorted(set(targets()) - COMPOSED - WITHOUT_PYTHON - {"down", "kubeconfig"})
)
def test_each_program_that_a_target_may_run_is_brought_by_what_it_needs(target: str) -> None:
    needs = needs_of(target)
    brought = {package.shown_by for package in needs.packages} | {package.name for package in needs.packages}
    allowed = BASE | NO_PROGRAMS | LOOKED_FOR

    run = programs_in(code_of(started_by(target)))

    lacking = {word: files for word, files in run.items() if word not in allowed | brought}
    assert {word: files for word, files in lacking.items() if COMES_WITH.get(word) not in brought} == {}


@pytest.mark.parametrize(
    "target", sorted(set(targets()) - COMPOSED - WITHOUT_PYTHON - {"down", "kubeconfig"})
)
def test_each_program_that_a_target_builds_is_built_before_it_begins(target: str) -> None:
    needs = needs_of(target)

    built = pins_in(code_of(started_by(target)))

    assert {
        word for word in built - NO_PROGRAMS if not any(word in pin.programs for pin in needs.pins)
    } == set()


def test_a_program_that_no_package_brings_would_be_found(tmp_path: Path) -> None:
    code = tmp_path / "code.py"
    code.write_text('import subprocess\nsubprocess.run(["rsync", "-a"])\nCOMMAND = ("socat", "-")\n')

    assert set(programs_in([code])) == {"rsync", "socat"}


def test_what_stands_behind_a_prefix_is_found(tmp_path: Path) -> None:
    code = tmp_path / "code.py"
    code.write_text('execute(*inside, "ss", "-H")\nrun(*entering(init), "ip")\n')

    assert set(programs_in([code])) == {"ss", "ip"}


def test_each_name_in_the_table_is_one_that_there_is() -> None:
    assert {package.name for package in package_groups()["images"]} == {"debootstrap", "buildah", "netavark"}
    assert set(needs_of("test").pins) == set(PINS)
    assert needs_of("test").packages == tuple(
        package for group in package_groups().values() for package in group
    )


def test_try_needs_neither_root_nor_a_package() -> None:
    assert needs_of("try") == Needs(target="try")


def test_a_target_that_the_table_lacks_is_refused() -> None:
    with pytest.raises(LocalError, match=r"nothing says what `make dance` needs"):
        needs_of("dance")


def test_make_help_needs_nothing() -> None:
    ran = subprocess.run(
        ["make", "-C", ROOT, "help", "BOTPOD_CACHE=/nonexistent"],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )

    assert all(target in ran.stdout for target in targets())
