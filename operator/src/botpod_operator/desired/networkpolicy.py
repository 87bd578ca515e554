"""The NetworkPolicy: in for those who have business at a port; out to DNS, https, the class's addresses."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botpod_operator.desired.manifest import CREDENTIALS_PORT, INTERNAL_PORT, PUBLIC_PORT, Manifest, head

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botpod_operator.effective import Effective

HTTPS = 443
_PORTS = {"http": 80, "https": HTTPS, "redis": 6379, "rediss": 6379, "postgresql+asyncpg": 5432}


PROMETHEUS = {
    "namespaceSelector": {},
    "podSelector": {"matchLabels": {"app.kubernetes.io/name": "prometheus"}},
}
"""The label that Prometheus' operator and its community's charts give. Anybody may set it in a namespace of
his own: it keeps scrapes going that nobody has told us of, and is no wall."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peers:
    """Who may reach the pods; NetworkPolicy peers. The kubelet always may: it is on the pods' node."""

    operator_namespace: str = "botpod-system"
    metrics_from: tuple[Manifest, ...] = ()
    """Who scrapes them; empty: whatever looks like Prometheus."""
    interactions_from: tuple[Manifest, ...] = ()
    """Who brings what Discord posts, which is signed; empty: anybody."""

    @property
    def operator(self) -> Manifest:
        """The operator's namespace."""
        names = {"kubernetes.io/metadata.name": self.operator_namespace}
        return {"namespaceSelector": {"matchLabels": names}}


def networkpolicy(effective: Effective, peers: Peers) -> Manifest:
    """Return the NetworkPolicy."""
    dns = [{"protocol": protocol, "port": 53} for protocol in ("UDP", "TCP")]
    return {
        **head(effective.identity, api_version="networking.k8s.io/v1", kind="NetworkPolicy"),
        "spec": {
            "podSelector": {"matchLabels": effective.identity.selector},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [*_ways_in(effective, peers)],
            "egress": [
                {"ports": dns},
                {"ports": [{"protocol": "TCP", "port": HTTPS}]},
                *_addresses(effective),
            ],
        },
    }


def _ways_in(effective: Effective, peers: Peers) -> Iterator[Manifest]:
    yield _way_in(INTERNAL_PORT, (peers.operator, *(peers.metrics_from or (PROMETHEUS,))))
    if effective.direct:
        yield _way_in(CREDENTIALS_PORT, (peers.operator,))
    if effective.interactions:
        yield _way_in(PUBLIC_PORT, peers.interactions_from)


def _way_in(port: int, peers: tuple[Manifest, ...]) -> Manifest:
    ports: Manifest = {"ports": [{"protocol": "TCP", "port": port}]}
    return {"from": [*peers], **ports} if peers else ports


def _addresses(effective: Effective) -> Iterator[dict[str, Any]]:
    urls = [
        effective.addresses.discord,
        *((effective.vault.address,) if effective.direct and effective.vault else ()),
        *(model.base_url for model in effective.models if model.base_url),
        *filter(None, (effective.state.redis_url,)),
        *((effective.state.sql_url,) if effective.state.has_postgresql else ()),
    ]
    seen = set()
    for url in urls:
        parts = urlsplit(url)
        port, host = parts.port or _PORTS.get(parts.scheme, HTTPS), parts.hostname or ""
        if port == HTTPS or (host, port) in seen:
            continue
        seen.add((host, port))
        rule: dict[str, Any] = {"ports": [{"protocol": "TCP", "port": port}]}
        block = _block(host)
        # A name can't stand in a NetworkPolicy: then the port alone is opened.
        yield rule if block is None else {"to": [{"ipBlock": {"cidr": block}}], **rule}


def _block(host: str) -> str | None:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return f"{address}/{address.max_prefixlen}"
