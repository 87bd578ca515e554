"""The resource limits that a build gets: those of this machine. Pure but for :func:`limits_here`.

buildah from 1.35 on lets every process of a build open 1,048,576 files unless told otherwise, and fails with
"operation not permitted" where the machine's hard limit is lower and may not be raised.
"""

from __future__ import annotations

import resource
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BUILDAHS_OWN = 1_048_576
"""What buildah asks for by itself: `RLimitDefaultValue` in its `define/types.go`."""
PID_MAX = Path("/proc/sys/kernel/pid_max")
_LIMITS = {"nofile": resource.RLIMIT_NOFILE, "nproc": resource.RLIMIT_NPROC}

type Limit = tuple[int, int]
"""Soft and hard; ``resource.RLIM_INFINITY`` stands for none."""


def limits_here() -> dict[str, Limit]:
    """Return the limits of this process by the names that ``--ulimit`` knows.

    buildah lowers its own limit of processes to the number of process ids, from where it can't come back.
    """
    limits = {name: resource.getrlimit(number) for name, number in _LIMITS.items()}
    soft, hard = limits["nproc"]
    ids = int(PID_MAX.read_text(encoding="ascii"))
    return {**limits, "nproc": (soft, ids if hard == resource.RLIM_INFINITY else min(hard, ids))}


def ulimit_arguments(limits: Mapping[str, Limit]) -> Sequence[str]:
    """Return the options of ``buildah bud`` that ask for what ``limits`` allow; none where its own fit."""
    return [
        f"--ulimit={name}={hard}:{hard}"
        for name, (_, hard) in limits.items()
        if hard != resource.RLIM_INFINITY and hard < BUILDAHS_OWN
    ]
