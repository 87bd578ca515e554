"""A way out for the pods, only where it was asked for: address translation on the host, and DNS servers.

The host's own setting (whether it forwards packets) is put back when the last such cluster ends.
"""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import TYPE_CHECKING

from botpod_local.cluster.namespaces import entering
from botpod_local.cluster.network import run
from botpod_local.errors import HostUnfit, LocalError

if TYPE_CHECKING:
    from botpod_local.cluster.layout import Layout
    from botpod_local.cluster.processes import Record

FORWARDING = Path("/proc/sys/net/ipv4/ip_forward")
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
    if FORWARDING.read_text(encoding="ascii").strip() == "0":
        _mark(layout).parent.mkdir(parents=True, exist_ok=True)
        _mark(layout).touch()
        FORWARDING.write_text("1", encoding="ascii")


def remove(layout: Layout) -> None:
    """Close the way out, and put the host's setting back where no other cluster needs it."""
    if not layout.resolvers:
        return
    table = _table(layout)
    run("nft", f"add table ip {table}; delete table ip {table}")
    if _mark(layout).exists() and _TABLE not in _tables():
        FORWARDING.write_text("0", encoding="ascii")
        _mark(layout).unlink()


def _tables() -> str:
    try:
        return run("nft", "list", "tables", "ip")
    except LocalError:
        return ""


def _table(layout: Layout) -> str:
    return f"{_TABLE}{layout.number}"


def _mark(layout: Layout) -> Path:
    """Return the file whose presence says that it was us who made the host forward."""
    return layout.cache / "forwarding"
