"""The Debian packages that this machine must have, and what installs the missing ones."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from botpod_local.errors import HostUnfit
from botpod_local.estimate import Step
from botpod_local.execute import SYSTEM_PATH, execute

if TYPE_CHECKING:
    from collections.abc import Iterable

    from botpod_local.progress import Progress

APT_TIMEOUT_S = 900
GUESS_S = 20.0
EACH_S = 2.0
"""What each package adds: the eight of a cluster and its images took 36 s."""


@dataclass(frozen=True)
class Package:
    """A Debian package and a program (or the absolute path of a file) that shows it is there; ``|`` is or.

    On another distribution the program counts, whichever package brought it.
    """

    name: str
    shown_by: str

    def present(self) -> bool:
        """Tell whether the machine has it."""
        return any(map(_there, self.shown_by.split("|")))


def _there(name: str) -> bool:
    if name.startswith("/"):
        return Path(name).exists()
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:{SYSTEM_PATH}") is not None


def groups_in(text: str) -> dict[str, tuple[Package, ...]]:
    """Return the packages of each group of a table like ``packages.txt``. Pure."""
    groups: dict[str, tuple[Package, ...]] = {}
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            group, name, shown_by = line.split()
            groups[group] = (*groups.get(group, ()), Package(name, shown_by))
    return groups


def package_groups() -> dict[str, tuple[Package, ...]]:
    """Return the packages of ``packages.txt`` by group."""
    return groups_in((files("botpod_local.binaries") / "packages.txt").read_text(encoding="utf-8"))


def missing(packages: Iterable[Package]) -> tuple[Package, ...]:
    """Return the packages that this machine lacks."""
    return tuple(package for package in packages if not package.present())


def step_of(packages: Iterable[Package]) -> Step:
    """Return their installation as a step."""
    names = [package.name for package in packages]
    return Step(
        what=f"installing {' '.join(names)}",
        key=f"apt-{'-'.join(names)}",
        guess_s=GUESS_S + EACH_S * len(names),
    )


def ensure_packages(packages: Iterable[Package], progress: Progress) -> None:
    """Install by apt-get what is missing. Raises HostUnfit where that can't be done."""
    lacking = missing(packages)
    if not lacking:
        return
    names = " ".join(package.name for package in lacking)
    if shutil.which("apt-get") is None:
        raise HostUnfit(f"this machine lacks {names} and has no apt-get: install them, then run this again.")
    if os.geteuid() != 0:
        raise HostUnfit(
            f"this machine lacks {names}: run `apt-get install {names}` as root, then this again."
        )
    step = step_of(lacking)
    with progress.step(step.what, key=step.key, guess_s=step.guess_s):
        _apt("update", "-qq")
        _apt("install", "-y", "-qq", "--no-install-recommends", *names.split())


def _apt(*arguments: str) -> None:
    execute(
        *("apt-get", "-o", "DPkg::Lock::Timeout=300", *arguments),
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        timeout_s=APT_TIMEOUT_S,
    )
