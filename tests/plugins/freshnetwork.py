"""A machine's way out of a network namespace of its own: a veth pair and address translation."""

from __future__ import annotations

import ipaddress
import subprocess
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from botpod_local.cache import cache_directory, locked
from botpod_local.cluster.forwarding import Forwarding
from botpod_local.cluster.layout import clusters_directory
from botpod_local.errors import LocalError

if TYPE_CHECKING:
    from collections.abc import Iterator

# A cluster takes the first subnet that is free, and its cgroups are named after it. Those of machine N
# begin at START[N], where neither this machine's own clusters nor another machine's come.
START = {1: 128, 2: 160, 3: 192, 4: 224}
LOCKS = Path("/run/lock")
"""The machine's own, whichever cache is used: links and tables have no other name in another checkout."""


@contextmanager
def joined(pid: int) -> Iterator[None]:
    """Join the namespace of process ``pid`` with this machine, by the first number that is free."""
    with _number() as number, _joined(pid, number):
        yield


@contextmanager
def _number() -> Iterator[int]:
    with ExitStack() as held:
        for number in START:
            try:
                held.enter_context(locked(LOCKS / f"botpod-walk-{number}.lock", timeout_s=0))
            except LocalError:
                continue
            yield number
            return
        raise RuntimeError(f"{len(START)} machines run already")


@contextmanager
def _joined(pid: int, number: int) -> Iterator[None]:
    link, ours, theirs = f"bpwalk{number}", f"10.249.{number}.1", f"10.249.{number}.2"
    table = f"botpod_walk_{number}"
    inside = ("nsenter", f"--target={pid}", "--net", "ip")
    with ExitStack() as stack:
        _run("ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", str(pid))
        _run("ip", "address", "add", f"{ours}/30", "dev", link)
        _run("ip", "link", "set", link, "up")
        _run(*inside, "link", "set", "lo", "up")
        _run(*inside, "address", "add", f"{theirs}/30", "dev", "eth0")
        _run(*inside, "link", "set", "eth0", "up")
        _run(*inside, "route", "add", "default", "via", ours)
        for subnet in ipaddress.summarize_address_range(
            ipaddress.IPv4Address("10.250.0.0"), ipaddress.IPv4Address(f"10.250.{START[number] - 1}.255")
        ):
            _run(*inside, "route", "add", "blackhole", str(subnet))
        _run("nft", f"add table ip {table}; delete table ip {table}; add table ip {table}")
        stack.callback(_run, "nft", f"delete table ip {table}")
        chain = f"add chain ip {table} out {{ type nat hook postrouting priority srcnat; }}"
        _run("nft", f"{chain}; add rule ip {table} out ip saddr {theirs} masquerade")
        stack.enter_context(_forwarding(f"walk-{number}"))
        yield


@contextmanager
def _forwarding(name: str) -> Iterator[None]:
    """Hold the machine's setting as one of its clusters does, so that none puts it back meanwhile."""
    place = clusters_directory(cache_directory()) / name
    place.mkdir(parents=True, exist_ok=True)
    shared = Forwarding(cache=cache_directory())
    shared.hold(name)
    try:
        yield
    finally:
        shared.release(name)
        place.rmdir()


def _run(*command: str) -> None:
    subprocess.run(command, check=True, timeout=10)
