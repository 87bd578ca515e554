"""The cluster's Vault: made ready once, unsealed after each start, and a handle for tests and the demo."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from botpod_local.cache import write_atomically
from botpod_local.cluster.http import JsonClient, ignore_status
from botpod_local.cluster.layout import ISSUER
from botpod_local.errors import LocalError, Refused

if TYPE_CHECKING:
    from pathlib import Path

    from botpod_local.cluster.layout import Layout

KV_MOUNT = "secret"
AUTH_MOUNT = "jwt"
AUDIENCE = "vault"
_KEYS = "vault.json"
_BAD_REQUEST = 400
TOKEN_TTL = "10m"  # noqa: S105 # a duration
INIT_S = 60
"""The key is in this one answer: whoever doesn't wait for it, on a disk that is busy, has lost the Vault."""


class Vault:
    """Vault as its root sees it. Paths are those of kv v2 below the mount ``secret``."""

    def __init__(self, address: str, token: str, *, timeout_s: float = 10) -> None:
        self.address = address
        self._http = JsonClient(address, headers={"X-Vault-Token": token}, timeout_s=timeout_s)

    def write(self, path: str, data: dict[str, str]) -> int:
        """Write a new version of the secret at ``path``; return its number."""
        answer = self._http.request("POST", f"/v1/{KV_MOUNT}/data/{path}", {"data": data})
        return int(answer["data"]["version"])

    def read(self, path: str) -> dict[str, str]:
        """Return the newest version of the secret at ``path``."""
        answer = self._http.request("GET", f"/v1/{KV_MOUNT}/data/{path}")
        return dict(answer["data"]["data"])

    def find(self, path: str) -> dict[str, str] | None:
        """Return the newest version of the secret at ``path``, None where there is none."""
        try:
            return self.read(path)
        except Refused as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            return None

    def grant(self, namespace: str, service_account: str, role: str, path: str) -> None:
        """Let a ServiceAccount log in as ``role`` and read the secret at ``path`` and its versions."""
        rules = {f"{KV_MOUNT}/{part}/{path}": {"capabilities": ["read"]} for part in ("data", "metadata")}
        policy = json.dumps({"path": rules})
        self._http.request("PUT", f"/v1/sys/policies/acl/{role}", {"policy": policy})
        self._http.request(
            "POST",
            f"/v1/auth/{AUTH_MOUNT}/role/{role}",
            {
                "role_type": "jwt",
                "user_claim": "sub",
                "bound_audiences": [AUDIENCE],
                "bound_subject": f"system:serviceaccount:{namespace}:{service_account}",
                "token_policies": [role],
                "token_ttl": TOKEN_TTL,
            },
        )

    def request(self, method: str, path: str, body: object = None) -> Any:
        """Send any request, e.g. ``("PUT", "/v1/sys/seal")``."""
        return self._http.request(method, path, body)


def root_token(layout: Layout) -> str:
    """Return the root token of a cluster that is up."""
    return str(_kept(layout)["root_token"])


def ensure_unsealed(layout: Layout) -> bool:
    """Initialise Vault the first time and unseal it; return whether it serves (raises Unreachable)."""
    http = JsonClient(layout.vault_address)
    if not http.request("GET", "/v1/sys/init")["initialized"]:
        patient = JsonClient(layout.vault_address, timeout_s=INIT_S)
        made = patient.request("PUT", "/v1/sys/init", {"secret_shares": 1, "secret_threshold": 1})
        write_atomically(
            _keys(layout), json.dumps({"key": made["keys"][0], "root_token": made["root_token"]}), mode=0o600
        )
    if http.request("GET", "/v1/sys/seal-status")["sealed"]:
        http.request("PUT", "/v1/sys/unseal", {"key": _kept(layout)["key"]})
    return bool(http.request("GET", "/v1/sys/health")["initialized"])


def ensure_configured(layout: Layout) -> None:
    """Mount kv v2 and the jwt log-in that trusts the cluster's ServiceAccount tokens."""
    vault = Vault(layout.vault_address, root_token(layout))
    mounts = vault.request("GET", "/v1/sys/mounts")
    if f"{KV_MOUNT}/" not in mounts:
        vault.request("POST", f"/v1/sys/mounts/{KV_MOUNT}", {"type": "kv", "options": {"version": "2"}})
    ignore_status(_BAD_REQUEST, lambda: vault.request("POST", f"/v1/sys/auth/{AUTH_MOUNT}", {"type": "jwt"}))
    public_key = layout.certificate("service-account").read_text(encoding="utf-8")
    vault.request(
        "POST",
        f"/v1/auth/{AUTH_MOUNT}/config",
        {"jwt_validation_pubkeys": [public_key], "bound_issuer": ISSUER},
    )


def _keys(layout: Layout) -> Path:
    return layout.state / _KEYS


def _kept(layout: Layout) -> dict[str, str]:
    try:
        return dict(json.loads(_keys(layout).read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise LocalError(
            f"cluster {layout.name} has lost the key to its Vault: "
            f"`botpod-local down --name {layout.name}`, then `up`."
        ) from error
