"""A change of what is built changes where it is kept, so that nothing old is ever taken for it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from botpod_local.binaries import PINS, binary, pin_of
from botpod_local.binaries.go import needed_version, version_in

if TYPE_CHECKING:
    from pathlib import Path

    from botpod_local.binaries import Pin

KUBERNETES = pin_of("kubectl")


@pytest.fixture
def copied(tmp_path: Path) -> Pin:
    shutil.copytree(KUBERNETES.directory, tmp_path / KUBERNETES.name)
    return replace(KUBERNETES, root=tmp_path)


@pytest.mark.parametrize("source", ["go.mod", "go.sum"])
def test_the_digest_follows_the_pins(copied: Pin, source: str) -> None:
    assert copied.digest == KUBERNETES.digest

    with (copied.directory / source).open("a", encoding="utf-8") as stream:
        stream.write("// changed\n")

    assert copied.digest != KUBERNETES.digest


def test_the_digest_follows_the_flags() -> None:
    vault = pin_of("vault")

    assert replace(vault, tags=()).digest != vault.digest


def test_kubernetes_knows_its_version() -> None:
    arguments = " ".join(KUBERNETES.arguments)

    assert "gitVersion=v1.34." in arguments
    assert "gitMajor=1 " in arguments
    assert arguments.endswith("gitMinor=34")


def test_every_program_is_made_once_and_its_sources_are_pinned() -> None:
    programs = [program for pin in PINS for program in pin.programs]

    assert len(set(programs)) == len(programs)
    for pin in PINS:
        assert pin.needs_go <= needed_version()
        assert (pin.directory / "go.sum").exists()


def test_an_unknown_program_is_an_error() -> None:
    with pytest.raises(KeyError, match="docker"):
        binary("docker")


@pytest.mark.parametrize(
    ("printed", "version"),
    [
        ("go version go1.26.8 linux/amd64", (1, 26, 8)),
        ("go version go1.27 linux/arm64", (1, 27)),
        ("go version go1.28rc1 linux/amd64", ()),
        ("go version devel +0123456 linux/amd64", ()),
        ("", ()),
    ],
)
def test_a_released_go_is_recognised(printed: str, version: tuple[int, ...]) -> None:
    assert version_in(printed) == version
