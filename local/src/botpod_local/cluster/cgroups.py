"""The cgroups of a cluster: below one directory of its name in every hierarchy of the machine.

Both versions are served: v1 has a directory per controller, v2 one for all.
"""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
# Kubelet refuses a root that holds processes (v2), so the cluster's own live in a child of it.
SYSTEM = "system"
POLL_S = 0.02


def hierarchies(root: Path = CGROUPS) -> tuple[Path, ...]:
    """Return the top directory of each hierarchy."""
    if (root / "cgroup.controllers").exists():
        return (root,)
    # Symbolic links are second names of a hierarchy (cpu → cpu,cpuacct).
    candidates = [path for path in sorted(root.iterdir()) if path.is_dir() and not path.is_symlink()]
    return tuple(path for path in candidates if (path / "cgroup.procs").exists())


def ensure_cgroups(name: str, root: Path = CGROUPS) -> tuple[Path, ...]:
    """Make the cluster's cgroups; return the ``cgroup.procs`` files that a process of it writes to."""
    files = []
    _delegate(root)
    for hierarchy in hierarchies(root):
        parent = hierarchy
        for part in (name, SYSTEM):
            child = parent / part
            child.mkdir(exist_ok=True)
            # A v1 cpuset takes no process before it has processors and memory nodes.
            for setting in ("cpuset.cpus", "cpuset.mems"):
                if root != hierarchy and (child / setting).exists() and not _read(child / setting):
                    (child / setting).write_text(_read(parent / setting), encoding="ascii")
            parent = child
        files.append(parent / "cgroup.procs")
    return tuple(files)


def _delegate(root: Path) -> None:
    """Let the top's children have every controller (v2): kubelet wants more than a distribution gives."""
    available = root / "cgroup.controllers"
    if not available.exists():
        return
    # One at a time, because one that can't be had would refuse them all.
    for controller in _read(available).split():
        with suppress(OSError):
            (root / "cgroup.subtree_control").write_text(f"+{controller}", encoding="ascii")


def remove_cgroups(name: str, *, timeout_s: float, root: Path = CGROUPS) -> list[Path]:
    """Remove the cluster's cgroups once their processes are gone; return what could not be removed."""
    deadline = time.monotonic() + timeout_s
    while True:
        left = [path for hierarchy in hierarchies(root) if not _remove_tree(path := hierarchy / name)]
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(POLL_S)


def _remove_tree(top: Path) -> bool:
    if not top.exists():
        return True
    for child in top.iterdir():
        if child.is_dir():
            _remove_tree(child)
    try:
        top.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        # Busy: its last process is still ending.
        return False
    return True


def _read(path: Path) -> str:
    return path.read_text(encoding="ascii").strip()
