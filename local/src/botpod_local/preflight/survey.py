"""Look at this machine for what a target needs. Reads, and changes nothing."""

from __future__ import annotations

import os
import platform
import shutil
from typing import TYPE_CHECKING

from botpod_local.binaries import build, debian, go
from botpod_local.cache import free_mib
from botpod_local.images import builder
from botpod_local.preflight.findings import Machine

if TYPE_CHECKING:
    from pathlib import Path

    from botpod_local.estimate import Step
    from botpod_local.preflight.table import Needs

CLUSTER_MIB = 1500
"""What a running cluster keeps: etcd, logs, images unpacked."""


def survey(needs: Needs, *, cache: Path) -> Machine:
    """Return what this machine has of ``needs``."""
    unbuilt = build.missing(needs.pins, cache)
    imageless = needs.images and bool(builder.missing(cache=cache))
    return Machine(
        system=platform.system(),
        root=os.geteuid() == 0,
        apt=shutil.which("apt-get") is not None,
        lacking=debian.missing(needs.packages),
        unbuilt=unbuilt,
        goless=bool(needs.go or unbuilt) and go.found(cache) is None,
        cache=cache,
        free_mib=free_mib(cache),
        needed_mib=(
            (build.DISK_MIB if unbuilt else 0)
            + (builder.DISK_MIB if imageless else 0)
            + (CLUSTER_MIB if needs.root else 0)
        ),
    )


def steps(needs: Needs, machine: Machine) -> tuple[Step, ...]:
    """Return all that is to be installed and built for ``needs``, in order."""
    packages = (debian.step_of(machine.lacking),) if machine.lacking else ()
    toolchain = (go.STEP,) if machine.goless else ()
    images = builder.missing_steps(cache=machine.cache) if needs.images else ()
    return (*packages, *toolchain, *map(build.step_of, machine.unbuilt), *images)
