"""On a machine that lacks what can't be installed, a target says so before it begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from freshmachine import fresh_machine
from walking import Walker

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AS_NOBODY = "setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/tmp/home"


@pytest.fixture(scope="module")
def bare(clone: Path) -> Iterator[Walker]:
    with fresh_machine("trixie", sources=clone) as machine:
        walker = Walker(machine=machine)
        walker.does("apt-get -qq update && apt-get -qq -y install git make ca-certificates")
        walker.does("git clone -q /clone /tmp/botpod && chmod -R a+rwX /tmp/botpod")
        walker.cwd = "/tmp/botpod"
        yield walker


def fails(walker: Walker, script: str) -> str:
    ran = walker.machine.run(script, cwd=walker.cwd, seconds=60)
    assert ran.status != 0, ran.said
    assert "installing" not in ran.said
    return ran.said


def test_without_root_and_python_both_are_told_at_once(bare: Walker) -> None:
    said = fails(bare, f"{AS_NOBODY} make demo")

    assert (
        "  - this machine has neither Python 3.13 nor uv, which brings one: install either of them." in said
    )
    assert (
        "  - `make demo` needs root, for namespaces, mounts and cgroups: run it as root or with sudo." in said
    )


def test_without_apt_the_packages_of_the_target_are_told_too(bare: Walker) -> None:
    # A PATH with all that there is but apt-get.
    bare.does("mkdir /tmp/bin && ln -sf /usr/bin/* /usr/sbin/* /tmp/bin/ && rm /tmp/bin/apt-get")
    said = fails(bare, "PATH=/tmp/bin make demo")

    assert "neither Python 3.13 nor uv" in said
    assert all(package in said for package in ("containerd", "buildah", "nftables"))
    assert "no apt-get" in said


def test_a_bot_to_try_needs_no_root_but_a_python(bare: Walker) -> None:
    said = fails(bare, f"{AS_NOBODY} make try")

    assert "neither Python 3.13 nor uv" in said
    assert "root" not in said
