"""What keeps a target from beginning, and what to do about it: all of it at once. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from botpod_local.binaries.debian import Package
    from botpod_local.binaries.pins import Pin
    from botpod_local.preflight.table import Needs

LINUX = "Linux"


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What a machine has of what a target needs, before anything is installed."""

    system: str
    """As ``platform.system()`` says."""
    root: bool
    apt: bool
    """Whether it has an apt-get."""
    lacking: tuple[Package, ...]
    """The packages that it lacks."""
    unbuilt: tuple[Pin, ...]
    """The pins whose programs are not built."""
    goless: bool
    """Whether Go is needed and there is none that is new enough."""
    cache: Path
    free_mib: int
    """Where the cache is."""
    needed_mib: int
    """What will be written there by what is not there yet."""


def findings(needs: Needs, machine: Machine) -> tuple[str, ...]:
    """Return a sentence for each thing that is missing and that nobody here can bring."""
    found = []
    if needs.root and machine.system != LINUX:
        found.append(
            f"it needs Linux and this is {machine.system}: run it in a Linux machine or virtual machine."
        )
    if needs.root and not machine.root:
        found.append("it needs root, for namespaces, mounts and cgroups: run it as root or with sudo.")
    names = " ".join(package.name for package in machine.lacking)
    if machine.lacking and not machine.apt:
        shown = " ".join(package.shown_by for package in machine.lacking)
        found.append(f"this machine has no apt-get to install {names}: install what brings {shown}.")
    elif machine.lacking and not machine.root and not needs.root:
        found.append(f"this machine lacks {names}: run `apt-get install {names}` as root.")
    if machine.free_mib < machine.needed_mib:
        found.append(
            f"it needs {machine.needed_mib} MiB free in {machine.cache} and there are {machine.free_mib}: "
            "free some, or set BOTPOD_CACHE to a folder on a larger disk."
        )
    return tuple(found)


def complaint(needs: Needs, found: tuple[str, ...]) -> str:
    """Return the findings as one text: a sentence where it is one, else a list."""
    if len(found) == 1:
        return f"`make {needs.target}` can't begin: {found[0]}"
    listed = "".join(f"\n  - {one}" for one in found)
    return f"`make {needs.target}` can't begin, for {len(found)} reasons:{listed}"
