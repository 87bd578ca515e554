"""The veth pair between the host and a cluster, the host's routes to its pods, and who owns a subnet."""

from __future__ import annotations

import ipaddress
import json
from typing import TYPE_CHECKING, Any

from botpod_local.cluster.namespaces import entering
from botpod_local.errors import Taken
from botpod_local.execute import Failed, execute

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from botpod_local.cluster.layout import Layout
    from botpod_local.cluster.processes import Record

TIMEOUT_S = 10
INSIDE = "eth0"


def run(*command: str) -> str:
    """Run a command of iproute2 or nftables; return what it prints. Raises LocalError with what it says."""
    return execute(*command, timeout_s=TIMEOUT_S)


def routes() -> list[tuple[str, str]]:
    """Return the host's routes as (subnet, interface)."""
    listed: list[dict[str, Any]] = json.loads(run("ip", "-json", "route", "show", "table", "all"))
    return [
        (route["dst"], route.get("dev", ""))
        for route in listed
        if route["dst"] != "default" and route.get("type") not in ("local", "broadcast", "multicast")
    ]


def conflict(
    subnets: Iterable[str], taken: Iterable[tuple[str, str]], own_link: str
) -> tuple[str, str] | None:
    """Return the first route of another interface that overlaps one of ``subnets``. Pure."""
    ours = [ipaddress.ip_network(subnet) for subnet in subnets]
    for subnet, link in taken:
        network = ipaddress.ip_network(subnet, strict=False)
        if link != own_link and any(network.overlaps(own) for own in ours):
            return subnet, link
    return None


def require_free(layout: Layout) -> None:
    """Raise Taken if the cluster's interface or one of its subnets is somebody else's."""
    alias = links().get(layout.link)
    if alias is not None and alias != _alias(layout):
        raise _taken(layout, f"interface {layout.link}", alias or "another program")
    found = conflict(layout.subnets, routes(), layout.link)
    if found:
        raise _taken(layout, f"subnet {found[0]}", found[1] or "a route")


def _taken(layout: Layout, what: str, whose: str) -> Taken:
    return Taken(
        f"the {what} that cluster {layout.name} needs is taken by {whose}: "
        f"`botpod-local down --name {layout.name}` and then `up` choose another."
    )


def links() -> dict[str, str]:
    """Return the host's interfaces and the alias of each ("" where it has none)."""
    listed: list[dict[str, Any]] = json.loads(run("ip", "-json", "link", "show") or "[]")
    return {each["ifname"]: str(each.get("ifalias", "")) for each in listed}


def joined(layout: Layout) -> bool:
    """Tell whether the host and the cluster's namespace are joined."""
    # The route to the pods is the last thing that is set up.
    return links().get(layout.link) == _alias(layout) and (layout.pod_subnet, layout.link) in routes()


def ensure_network(layout: Layout, init: Record) -> None:
    """Join the host and the cluster's namespace. Does nothing when they are joined."""
    if joined(layout):
        return
    require_free(layout)
    remove_link(layout)
    run("ip", "link", "add", layout.link, "type", "veth", "peer", "name", INSIDE, "netns", str(init.pid))
    run("ip", "link", "set", layout.link, "alias", _alias(layout))
    inside = (*entering(init), "ip")
    _all(
        (*inside, "address", "add", f"{layout.node_address}/30", "dev", INSIDE),
        (*inside, "link", "set", INSIDE, "up"),
        ("ip", "address", "add", f"{layout.host_address}/30", "dev", layout.link),
        ("ip", "link", "set", layout.link, "up"),
        ("ip", "route", "replace", layout.service_subnet, "via", layout.node_address),
        ("ip", "route", "replace", layout.pod_subnet, "via", layout.node_address),
    )


def remove_link(layout: Layout) -> None:
    """Remove the cluster's veth pair, if it is there; its addresses and routes go with it."""
    if links().get(layout.link) != _alias(layout):
        return
    try:
        run("ip", "link", "delete", layout.link)
    except Failed:
        # The kernel removes it too, a moment after the namespace of its other end is gone.
        if layout.link in links():
            raise


def _alias(layout: Layout) -> str:
    return f"botpod cluster {layout.name} in {layout.cache}"


def _all(*commands: Sequence[str]) -> None:
    for command in commands:
        run(*command)
