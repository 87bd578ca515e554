"""The NetworkPolicy: in on the pod's ports, out to DNS, https and the addresses of the class."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botpod_operator.desired.manifest import CREDENTIALS_PORT, INTERNAL_PORT, PUBLIC_PORT, Manifest, head

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botpod_operator.effective import Effective

HTTPS = 443
_PORTS = {"http": 80, "https": HTTPS, "redis": 6379, "rediss": 6379, "postgresql+asyncpg": 5432}


def networkpolicy(effective: Effective) -> Manifest:
    """Return the NetworkPolicy."""
    own = (PUBLIC_PORT, INTERNAL_PORT, *((CREDENTIALS_PORT,) if effective.direct else ()))
    ports = [{"protocol": "TCP", "port": port} for port in own]
    dns = [{"protocol": protocol, "port": 53} for protocol in ("UDP", "TCP")]
    return {
        **head(effective.identity, api_version="networking.k8s.io/v1", kind="NetworkPolicy"),
        "spec": {
            "podSelector": {"matchLabels": effective.identity.selector},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [{"ports": ports}],
            "egress": [
                {"ports": dns},
                {"ports": [{"protocol": "TCP", "port": HTTPS}]},
                *_addresses(effective),
            ],
        },
    }


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
