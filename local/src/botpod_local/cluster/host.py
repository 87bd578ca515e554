"""What kind of machine a cluster needs."""

from __future__ import annotations

import os
import platform

from botpod_local.errors import HostUnfit


def require_host(command: str, *, system: str | None = None, user: int | None = None) -> None:
    """Raise HostUnfit unless ``command`` can work here: on Linux, as root."""
    system = system or platform.system()
    if system != "Linux":
        raise HostUnfit(f"`{command}` needs Linux and this is {system}: run it in a Linux machine or VM.")
    if (os.geteuid() if user is None else user) != 0:
        raise HostUnfit(
            f"`{command}` needs root, for namespaces, mounts and cgroups: run it with sudo or as root."
        )
