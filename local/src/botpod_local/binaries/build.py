"""Build a pin's programs into the cache: once, whole or not at all, by one process at a time."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from contextlib import ExitStack
from typing import TYPE_CHECKING

from botpod_local.binaries.go import ensure_go
from botpod_local.cache import locked, require_disk
from botpod_local.errors import LocalError
from botpod_local.estimate import Step
from botpod_local.execute import last_line

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from botpod_local.binaries.pins import Pin
    from botpod_local.progress import Progress

BUILD_TIMEOUT_S = 3600
# Go's own caches take most of it; they stand where Go keeps them, as a rule on the same disk.
DISK_MIB = 6000
GO_ENVIRONMENT = {
    "CGO_ENABLED": "0",
    "GOTOOLCHAIN": "local",
    "GOFLAGS": "-mod=readonly",
    "GOWORK": "off",
}


def home_of(pin: Pin, cache: Path) -> Path:
    """Return the directory that holds the pin's programs once they are built."""
    return cache / "bin" / f"{pin.name}-{pin.digest}"


def missing(pins: Iterable[Pin], cache: Path) -> tuple[Pin, ...]:
    """Return the pins whose programs are not there yet."""
    return tuple(pin for pin in pins if not home_of(pin, cache).exists())


def step_of(pin: Pin) -> Step:
    """Return the building of a pin as a step."""
    more = len(pin.programs) - 1
    spoken = f"{pin.name} ({len(pin.programs)} programs)" if more else pin.name
    return Step(what=f"building {spoken}", key=f"build-{pin.name}", guess_s=pin.guess_s)


def ensure_built(pins: Iterable[Pin], cache: Path, progress: Progress) -> None:
    """Build what is missing; what an interrupted build compiled is in Go's cache and is not done again."""
    for pin in missing(pins, cache):
        lock = cache / "locks" / f"bin-{pin.name}.lock"
        step = step_of(pin)
        with ExitStack() as waiting:
            shown = progress.waiting(
                f"waiting for the process that builds {pin.name}", key=step.key, guess_s=step.guess_s
            )
            with locked(
                lock,
                timeout_s=BUILD_TIMEOUT_S,
                waiting=functools.partial(waiting.enter_context, shown),
            ):
                waiting.close()
                if not home_of(pin, cache).exists():
                    _build(pin, step, cache, progress)


def _build(pin: Pin, step: Step, cache: Path, progress: Progress) -> None:
    home = home_of(pin, cache)
    require_disk(cache, DISK_MIB, f"building {pin.name}")
    go = ensure_go(cache, progress)
    temporary = home.with_name(f".{home.name}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    # One program is named by us, several by their packages.
    output = f"{temporary}/{pin.programs[0]}" if len(pin.programs) == 1 else f"{temporary}/"
    command = [str(go), "build", *pin.arguments, "-o", output, pin.package]
    log = cache / "logs" / f"build-{pin.name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with progress.step(step.what, key=step.key, guess_s=step.guess_s):
        _run(command, pin, log)
    for program in pin.programs:
        if not (temporary / program).is_file():
            raise LocalError(f"building {pin.name} made no {program}; the log is {log}.")
    temporary.replace(home)


def _run(command: list[str], pin: Pin, log: Path) -> None:
    with log.open("w", encoding="utf-8") as stream:
        process = subprocess.Popen(
            command,
            cwd=pin.directory,
            env={**os.environ, **GO_ENVIRONMENT},
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
        try:
            status = process.wait(BUILD_TIMEOUT_S)
        except BaseException as error:
            # Interrupted or too slow: Go ends its own compilers.
            process.terminate()
            process.wait(30)
            if isinstance(error, subprocess.TimeoutExpired):
                raise LocalError(
                    f"building {pin.name} took over {BUILD_TIMEOUT_S / 60:.0f} minutes (the log is {log})."
                ) from error
            raise
    if status:
        raise LocalError(f"building {pin.name} failed: {last_line(log)} (the log is {log}).")
