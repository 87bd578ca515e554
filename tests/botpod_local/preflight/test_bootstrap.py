"""What brings uv and Python: `local/bootstrap.sh`, on machines that are folders of programs."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SCRIPT = ROOT / "local" / "bootstrap.sh"
# What POSIX gives a script, and nothing else.
POSIX = ("sh", "dirname", "grep", "sed", "sleep", "kill", "rm", "mkdir", "cat", "chmod")


class Machine:
    """A PATH of its own, and what was executed on it."""

    def __init__(self, path: Path) -> None:
        self.bin, self.log, self.cache = path / "bin", path / "log", path / "cache"
        self.bin.mkdir()
        for name in POSIX:
            found = shutil.which(name)
            assert found
            (self.bin / name).symlink_to(found)
        self.has("id", f"echo {os.geteuid()}")

    def has(self, name: str, script: str, *, at: Path | None = None) -> None:
        program = (at or self.bin) / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f'#!/bin/sh\necho "{name} $*" >> {self.log}\n{script}\n')
        program.chmod(0o755)

    def has_python(self, name: str, version: str, *modules: str) -> None:
        """Let there be a Python that knows its version, the modules given, and how to install uv."""
        minor = version.partition(".")[2]
        known = "|".join(f"*import*{module}*" for module in modules) or "nothing"
        makes_uv = self._makes_uv("$BOTPOD_CACHE")
        pip = '"$3/bin/pip"'
        makes_pip = f'mkdir -p "$3/bin"; printf "#!/bin/sh\\n{makes_uv}" > {pip}; chmod +x {pip}'
        self.has(
            name,
            f'case "$*" in\n'
            f'  *"version_info[:2] != (3, 13)"*) [ {minor} = 13 ] ;;\n'
            f"  {known}) exit 0 ;;\n"
            f'  "-m venv "*) {makes_pip} ;;\n'
            f'  "-m pip install "*) {makes_uv} ;;\n'
            f"  *) exit 1 ;;\nesac",
        )

    def has_uv(self) -> None:
        self.has("uv", "exit 0")

    def _makes_uv(self, cache: str) -> str:
        return f"mkdir -p {cache}/uv-1.2.3/bin; cp {self.bin}/made-uv {cache}/uv-1.2.3/bin/uv"

    def runs(self, *targets: str, root: bool = True, **more: str) -> subprocess.CompletedProcess[str]:
        self.has("id", f"echo {0 if root else 1000}")
        self.has("made-uv", "exit 0")
        copying = shutil.which("cp")
        assert copying
        if not (self.bin / "cp").exists():
            (self.bin / "cp").symlink_to(copying)
        return subprocess.run(
            [SCRIPT, *targets],
            env={"PATH": str(self.bin), "UV_VERSION": "1.2.3", "BOTPOD_CACHE": str(self.cache), **more},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    @property
    def executed(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_it_is_a_clean_posix_script() -> None:
    ran = subprocess.run(["shellcheck", SCRIPT], capture_output=True, text=True, timeout=60, check=False)

    assert ran.stdout == ""


def test_a_uv_on_the_path_is_all_it_takes(machine: Machine) -> None:
    machine.has_uv()

    ran = machine.runs("try", root=False)

    assert ran.returncode == 0, ran.stderr
    assert machine.executed[-1] == "uv sync --frozen --quiet --compile-bytecode"


def test_a_target_may_need_less_of_what_there_is(machine: Machine) -> None:
    machine.has_uv()

    machine.runs("try", root=False, SYNC="--no-dev --package botpod")

    assert machine.executed[-1] == "uv sync --frozen --quiet --no-dev --package botpod"


def test_a_uv_that_does_not_work_is_none(machine: Machine) -> None:
    machine.has("uv", "exit 127")
    machine.has_python("python3", "3.13", "ensurepip")

    ran = machine.runs("check")

    assert ran.returncode == 0, ran.stderr
    assert (machine.cache / "uv-1.2.3" / "bin" / "uv").exists()


@pytest.mark.parametrize("module", ["ensurepip", "pip"])
def test_a_python_installs_uv_by_venv_or_without_it_by_pip(machine: Machine, module: str) -> None:
    machine.has_python("python3", "3.13", module)

    ran = machine.runs("try", root=False)

    assert ran.returncode == 0, ran.stderr
    assert "apt-get" not in " ".join(machine.executed)


def test_on_a_bare_debian_root_gets_python_by_apt(machine: Machine) -> None:
    python = machine.bin / "later"
    python.mkdir()
    machine.has_python("python3", "3.13", "ensurepip")
    (machine.bin / "python3").rename(python / "python3")
    machine.has("apt-get", f'case "$*" in *install*) cp {python}/python3 {machine.bin}/python3 ;; esac')

    ran = machine.runs("demo")

    assert ran.returncode == 0, ran.stderr
    installs = [line for line in machine.executed if line.startswith("apt-get") and "install" in line]
    assert [line.partition("install ")[2] for line in installs] == ["python3 python3-venv"]
    assert ran.stderr.splitlines()[0] == "installing python3 and python3-venv (usually 20 s)"


def test_without_root_apt_is_never_called_and_all_that_is_missing_is_said_at_once(machine: Machine) -> None:
    machine.has("apt-get", "exit 0")

    ran = machine.runs("demo", root=False)

    assert ran.returncode == 1
    assert ran.stderr.splitlines() == [
        "This machine can't do it yet:",
        "  - this machine has neither Python 3.13 nor uv, which brings one: install either of them.",
        "  - `make demo` needs root, for namespaces, mounts and cgroups: run it as root or with sudo.",
    ]
    assert not [line for line in machine.executed if line.startswith("apt-get")]


def test_a_python_without_venv_and_pip_is_told_from_none(machine: Machine) -> None:
    machine.has_python("python3", "3.13")

    ran = machine.runs("try", root=False)

    assert ran.returncode == 1
    assert "Python 3.13 is here without venv and pip" in ran.stderr


def test_where_uv_can_bring_no_python_3_13_one_is_asked_for(machine: Machine) -> None:
    machine.has("uv", 'case "$1" in python) exit 2 ;; esac')
    machine.has_python("python3", "3.11", "ensurepip")

    ran = machine.runs("try", root=False)

    assert ran.returncode == 1
    assert "This machine has no Python 3.13, and uv can't download one: install Python 3.13" in ran.stderr
    assert not [line for line in machine.executed if line.startswith("uv sync")]
