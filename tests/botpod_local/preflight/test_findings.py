"""What a machine lacks is told before a target begins: all of it, in sentences that say what to do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botpod_local.binaries.debian import Package
from botpod_local.preflight.findings import Machine, complaint, findings
from botpod_local.preflight.table import Needs

BUILDAH, NFTABLES = Package("buildah", "buildah"), Package("nftables", "nft")
DEMO = Needs(target="demo", root=True, images=True, packages=(BUILDAH, NFTABLES))
BENCH = Needs(target="bench-bot", packages=(Package("redis-server", "redis-server"),))
FIT = Machine(
    system="Linux",
    root=True,
    apt=True,
    lacking=(),
    unbuilt=(),
    goless=False,
    cache=Path("/cache"),
    free_mib=50_000,
    needed_mib=11_500,
)


def test_a_machine_that_has_all_is_told_nothing() -> None:
    assert findings(DEMO, FIT) == ()


def test_packages_that_apt_can_install_are_no_finding_for_root() -> None:
    assert findings(DEMO, replace(FIT, lacking=(BUILDAH, NFTABLES))) == ()


def test_without_root_the_packages_of_a_target_that_needs_root_anyway_are_not_asked_for() -> None:
    assert findings(DEMO, replace(FIT, root=False, lacking=(BUILDAH,))) == (
        "it needs root, for namespaces, mounts and cgroups: run it as root or with sudo.",
    )


def test_without_root_a_target_that_needs_none_says_what_to_install() -> None:
    (found,) = findings(BENCH, replace(FIT, root=False, lacking=BENCH.packages))

    assert found == "this machine lacks redis-server: run `apt-get install redis-server` as root."


def test_without_apt_the_packages_are_named_and_what_shows_them() -> None:
    (found,) = findings(DEMO, replace(FIT, apt=False, lacking=(BUILDAH, NFTABLES)))

    assert (
        found == "this machine has no apt-get to install buildah nftables: install what brings buildah nft."
    )


def test_a_disk_that_is_too_small_is_told_with_both_figures() -> None:
    (found,) = findings(DEMO, replace(FIT, free_mib=900))

    assert found.startswith("it needs 11500 MiB free in /cache and there are 900: ")
    assert "BOTPOD_CACHE" in found


def test_another_system_is_named() -> None:
    (found,) = findings(DEMO, replace(FIT, system="Darwin"))

    assert found.startswith("it needs Linux and this is Darwin: ")


def test_all_that_is_missing_is_told_at_once() -> None:
    found = findings(DEMO, replace(FIT, root=False, apt=False, lacking=(BUILDAH,), free_mib=0))
    said = complaint(DEMO, found)

    assert len(found) == 3
    assert said.startswith("`make demo` can't begin, for 3 reasons:\n  - it needs root")
    assert all(word in said for word in ("buildah", "11500 MiB"))


def test_one_thing_that_is_missing_is_one_sentence() -> None:
    said = complaint(DEMO, findings(DEMO, replace(FIT, root=False)))

    assert said == (
        "`make demo` can't begin: it needs root, for namespaces, mounts and cgroups: "
        "run it as root or with sudo."
    )


@given(
    root=st.booleans(),
    apt=st.booleans(),
    lacking=st.sampled_from([(), (BUILDAH,), (BUILDAH, NFTABLES)]),
    free_mib=st.integers(min_value=0, max_value=50_000),
)
@pytest.mark.parametrize("needs", [DEMO, BENCH])
def test_a_target_begins_only_where_everything_is_there_or_can_be_installed(
    needs: Needs,
    root: bool,  # noqa: FBT001
    apt: bool,  # noqa: FBT001
    lacking: tuple[Package, ...],
    free_mib: int,
) -> None:
    machine = replace(FIT, root=root, apt=apt, lacking=lacking, free_mib=free_mib)

    can = (root or not needs.root) and (not lacking or (apt and root)) and free_mib >= machine.needed_mib

    assert (findings(needs, machine) == ()) == can
