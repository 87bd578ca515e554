"""A build is whole or not at all, and done once however many ask for it."""

from __future__ import annotations

import io
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from botpod_local.binaries.build import ensure_built, home_of
from botpod_local.binaries.pins import Pin
from botpod_local.errors import LocalError
from botpod_local.progress import Durations, Progress

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = 'package main\n\nfunc main() { println("hello") }\n'


@pytest.fixture
def pin(tmp_path: Path) -> Pin:
    module = tmp_path / "pins" / "hello"
    module.mkdir(parents=True)
    (module / "go.mod").write_text("module hello\n\ngo 1.25.0\n", encoding="utf-8")
    (module / "main.go").write_text(SOURCE, encoding="utf-8")
    return Pin(name="hello", programs=("hello",), package=".", root=tmp_path / "pins")


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def shown() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def progress(cache: Path, shown: io.StringIO) -> Progress:
    return Progress(durations=Durations(cache / "durations.json"), stream=shown)


def says(program: Path) -> str:
    ran = subprocess.run([program], capture_output=True, text=True, check=True, timeout=10)
    return ran.stderr.strip()


def _identity(program: Path) -> tuple[int, int]:
    """Return what changes when a program is built again, and stays when it is only run."""
    status = program.stat()
    return status.st_ino, status.st_mtime_ns


def test_what_is_missing_is_built_and_what_is_there_is_not(
    pin: Pin, cache: Path, progress: Progress, shown: io.StringIO
) -> None:
    ensure_built((pin,), cache, progress)
    program = home_of(pin, cache) / "hello"
    built = _identity(program)

    ensure_built((pin,), cache, progress)

    assert says(program) == "hello"
    assert _identity(program) == built
    assert shown.getvalue().count("building hello (usually 1 min)") == 1


def test_two_at_once_build_once(pin: Pin, cache: Path, progress: Progress, shown: io.StringIO) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: ensure_built((pin,), cache, progress), range(2)))

    assert says(home_of(pin, cache) / "hello") == "hello"
    assert shown.getvalue().count("building hello (usually") == 1


def test_a_failed_build_is_one_sentence_and_leaves_no_program(
    pin: Pin, cache: Path, progress: Progress
) -> None:
    (pin.directory / "main.go").write_text("package main\n\nfunc main() { nothing() }\n", encoding="utf-8")

    with pytest.raises(LocalError) as caught:
        ensure_built((pin,), cache, progress)

    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("building hello failed: ")
    assert "undefined: nothing" in str(caught.value)
    assert str(cache / "logs" / "build-hello.log") in str(caught.value)
    assert not home_of(pin, cache).exists()


def test_the_rest_of_an_interrupted_build_is_not_taken_for_a_program(
    pin: Pin, cache: Path, progress: Progress
) -> None:
    rest = cache / "bin" / f".{pin.name}-{pin.digest}.tmp"
    rest.mkdir(parents=True)
    (rest / "hello").write_bytes(b"half a program")

    ensure_built((pin,), cache, progress)

    assert says(home_of(pin, cache) / "hello") == "hello"
    assert not rest.exists()


def test_a_changed_pin_is_built_beside_the_former(pin: Pin, cache: Path, progress: Progress) -> None:
    ensure_built((pin,), cache, progress)
    former = home_of(pin, cache)
    (pin.directory / "main.go").write_text(SOURCE.replace("hello", "changed"), encoding="utf-8")

    ensure_built((pin,), cache, progress)

    assert says(home_of(pin, cache) / "hello") == "changed"
    assert says(former / "hello") == "hello"
