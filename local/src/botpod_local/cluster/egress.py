"""A way out for the pods, only where it was asked for: address translation on the host, and DNS servers."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import TYPE_CHECKING

from botpod_local.cluster.forwarding import Forwarding
from botpod_local.cluster.namespaces import entering
from botpod_local.cluster.network import run
from botpod_local.errors import HostUnfit

if TYPE_CHECKING:
    from botpod_local.cluster.layout import Layout
    from botpod_local.cluster.processes import Record

_RESOLVER_FILES = (Path("/etc/resolv.conf"), Path("/run/systemd/resolve/resolv.conf"))
_TABLE = "botpod_"


def resolvers_in(text: str) -> tuple[str, ...]:
    """Return the IPv4 servers of a resolv.conf that a pod could reach too, so none of the loopback. Pure."""
    words = [line.split() for line in text.splitlines()]
    named = [each[1] for each in words if len(each) > 1 and each[0] == "nameserver"]
    usable = []
    for address in named:
        try:
            parsed = ipaddress.IPv4Address(address)
        except ValueError:
            continue
        if not parsed.is_loopback:
            usable.append(address)
    return tuple(usable[:3])


def host_resolvers() -> tuple[str, ...]:
    """Return the host's DNS servers. Raises HostUnfit where there is none that a pod could ask."""
    for path in _RESOLVER_FILES:
        found = resolvers_in(path.read_text(encoding="utf-8")) if path.exists() else ()
        if found:
            return found
    raise HostUnfit(
        "this machine's /etc/resolv.conf names no DNS server that pods could ask: add one for --egress."
    )


def ensure(layout: Layout, init: Record) -> None:
    """Open the way out for a cluster that was asked to have one; do nothing for others."""
    if not layout.resolvers:
        return
    run(*entering(init), "ip", "route", "replace", "default", "via", layout.host_address)
    sources = f"{{ {layout.link_subnet}, {layout.pod_subnet} }}"
    table = _table(layout)
    # Adding and deleting the table first makes the whole an idempotent replacement, in one transaction.
    rules = (
        f"add table ip {table}; delete table ip {table}; add table ip {table}; "
        f"add chain ip {table} out {{ type nat hook postrouting priority srcnat; }}; "
        f'add rule ip {table} out ip saddr {sources} oifname != "{layout.link}" masquerade'
    )
    run("nft", rules)
    Forwarding(cache=layout.cache).hold(layout.name)


def remove(layout: Layout) -> None:
    """Close the way out, and put the host's setting back where no other cluster needs it."""
    if not layout.resolvers:
        return
    table = _table(layout)
    run("nft", f"add table ip {table}; delete table ip {table}")
    Forwarding(cache=layout.cache).release(layout.name)


def _table(layout: Layout) -> str:
    return f"{_TABLE}{layout.number}"
