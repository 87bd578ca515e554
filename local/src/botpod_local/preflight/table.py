"""What each target needs, as ``targets.txt`` says. Pure but for reading it."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from botpod_local.binaries.debian import package_groups
from botpod_local.binaries.pins import PINS
from botpod_local.errors import LocalError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botpod_local.binaries.debian import Package
    from botpod_local.binaries.pins import Pin

NONE, ALL, YES, GO = "-", "all", "yes", "go"


@dataclass(frozen=True, kw_only=True)
class Needs:
    """What a target needs before it begins."""

    target: str
    root: bool = False
    pins: tuple[Pin, ...] = ()
    """What is built for it."""
    go: bool = False
    """Whether it needs Go beyond what is built for it."""
    images: bool = False
    packages: tuple[Package, ...] = ()


def parse(text: str, *, pins: tuple[Pin, ...], groups: Mapping[str, tuple[Package, ...]]) -> dict[str, Needs]:
    """Return the needs of each target of a table like ``targets.txt``. KeyError for an unknown name in it."""
    by_name = {pin.name: pin for pin in pins}
    needs = {}
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            target, root, builds, images, packages = line.split()
            needs[target] = Needs(
                target=target,
                root=root == YES,
                pins=pins if builds == ALL else tuple(by_name[name] for name in _names(builds) if name != GO),
                go=builds == ALL or GO in _names(builds),
                images=images == YES,
                packages=tuple(package for group in _names(packages) for package in groups[group]),
            )
    return needs


def all_needs() -> dict[str, Needs]:
    """Return the needs of every target."""
    text = (files("botpod_local.preflight") / "targets.txt").read_text(encoding="utf-8")
    return parse(text, pins=PINS, groups=package_groups())


def needs_of(target: str) -> Needs:
    """Return the needs of ``target``. LocalError where the table has none."""
    try:
        return all_needs()[target]
    except KeyError as error:
        raise LocalError(
            f"nothing says what `make {target}` needs: write it into preflight/targets.txt."
        ) from error


def _names(cell: str) -> tuple[str, ...]:
    return () if cell == NONE else tuple(cell.split(","))
