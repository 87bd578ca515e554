"""The Debian packages that this machine must have, and what installs the missing ones."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from botpod_local.errors import HostUnfit
from botpod_local.execute import SYSTEM_PATH, execute

if TYPE_CHECKING:
    from collections.abc import Iterable

    from botpod_local.progress import Progress

APT_TIMEOUT_S = 900


@dataclass(frozen=True)
class Package:
    """A Debian package and a program (or the absolute path of a file) that shows it is there.

    On another distribution the program counts, whichever package brought it.
    """

    name: str
    shown_by: str

    def present(self) -> bool:
        """Tell whether the machine has it."""
        if self.shown_by.startswith("/"):
            return Path(self.shown_by).exists()
        return shutil.which(self.shown_by, path=f"{os.environ.get('PATH', '')}:{SYSTEM_PATH}") is not None


CLUSTER = (
    Package("containerd", "containerd"),
    Package("runc", "runc"),
    Package("containernetworking-plugins", "/usr/lib/cni/bridge"),
    Package("nftables", "nft"),
    Package("conntrack", "conntrack"),
    Package("iproute2", "ip"),
)
IMAGES = (
    Package("debootstrap", "debootstrap"),
    Package("buildah", "buildah"),
)
TESTS = (
    Package("chromium", "chromium"),
    Package("fonts-dejavu-core", "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"),
    Package("postgresql", "/usr/lib/postgresql"),
    Package("procps", "ps"),
    Package("prometheus", "promtool"),
    Package("redis-server", "redis-server"),
)
"""What the tests run beside the cluster: a browser, the two databases and a Prometheus."""


def missing(packages: Iterable[Package]) -> tuple[Package, ...]:
    """Return the packages that this machine lacks."""
    return tuple(package for package in packages if not package.present())


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
    with progress.step(f"installing {names}", key=f"apt-{'-'.join(names.split())}", guess_s=20):
        _apt("update", "-qq")
        _apt("install", "-y", "-qq", "--no-install-recommends", *names.split())


def _apt(*arguments: str) -> None:
    execute(
        *("apt-get", "-o", "DPkg::Lock::Timeout=300", *arguments),
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        timeout_s=APT_TIMEOUT_S,
    )
