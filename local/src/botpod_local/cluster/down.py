"""Take a cluster down so that nothing of it is left outside the cache, nor its own files inside."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from botpod_local.cluster import companions, egress
from botpod_local.cluster.cgroups import remove_cgroups
from botpod_local.cluster.network import remove_link
from botpod_local.cluster.supervision import Supervisor
from botpod_local.errors import LocalError

if TYPE_CHECKING:
    from botpod_local.cluster.layout import Layout

CGROUP_TIMEOUT_S = 10


def bring_down(layout: Layout) -> None:
    """End, unplug and delete. Whatever is gone already is no error, so an interrupted one can be repeated."""
    companions.end_all(layout)
    Supervisor(layout).end_all()
    egress.remove(layout)
    remove_link(layout)
    left = remove_cgroups(layout.cgroup, timeout_s=CGROUP_TIMEOUT_S)
    if left:
        raise LocalError(f"the cgroup {left[0]} can't be removed: something of the cluster still runs in it.")
    shutil.rmtree(layout.state, ignore_errors=False)
