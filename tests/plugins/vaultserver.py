"""A real Vault for tests, in memory, with a jwt mount that trusts an API server's ServiceAccounts."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import hvac
from apiserver import ADMIN_TOKEN
from pki import ServerFiles, server_files
from processes import free_port, listens, running

from botpod_local.binaries import binary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from apiserver import ApiServer

AUDIENCE = "vault"
KUBERNETES_PLUGIN = "vault-plugin-auth-kubernetes"


@dataclass(frozen=True, kw_only=True)
class VaultServer:
    """A running Vault; ``admin`` may do everything, ``key`` unseals it."""

    address: str
    ca: Path
    admin: Any
    key: str
    plugins: Path

    @property
    def ca_bundle(self) -> str:
        """The PEM of the CA that signed its certificate."""
        return self.ca.read_text()

    def write(self, path: str, **values: Any) -> int:
        """Write a new version below ``secret/`` and return its number."""
        answer = self.admin.secrets.kv.v2.create_or_update_secret(
            path, secret={name.replace("_", "-"): value for name, value in values.items()}
        )
        return int(answer["data"]["version"])

    def role(self, name: str, *, namespace: str, account: str, paths: tuple[str, ...]) -> None:
        """Let one ServiceAccount log in as ``name`` and read ``paths`` below ``secret/``."""
        policy = "\n".join(
            f'path "secret/{part}/{path}" {{ capabilities = ["read"] }}'
            for path in paths
            for part in ("data", "metadata")
        )
        self.admin.sys.create_or_update_policy(name, policy or 'path "none" { capabilities = ["deny"] }')
        self.admin.write_data(
            f"auth/jwt/role/{name}",
            data={
                "role_type": "jwt",
                "user_claim": "sub",
                "bound_audiences": [AUDIENCE],
                "bound_subject": f"system:serviceaccount:{namespace}:{account}",
                "token_policies": [name],
                "token_ttl": "10m",
            },
        )


def add_kubernetes_mount(vault: VaultServer, *, cluster: ApiServer) -> None:
    """Enable the kubernetes auth method at ``kubernetes``: the API server itself reviews each token."""
    program = vault.plugins / KUBERNETES_PLUGIN
    shutil.copy(binary(KUBERNETES_PLUGIN), program)
    digest = hashlib.sha256(program.read_bytes()).hexdigest()
    vault.admin.write_data(
        f"sys/plugins/catalog/auth/{KUBERNETES_PLUGIN}", data={"sha256": digest, "command": program.name}
    )
    vault.admin.sys.enable_auth_method(KUBERNETES_PLUGIN, path="kubernetes")
    vault.admin.write_data(
        "auth/kubernetes/config",
        data={
            "kubernetes_host": cluster.url,
            "kubernetes_ca_cert": cluster.ca.read_text(),
            "token_reviewer_jwt": ADMIN_TOKEN,
            "disable_local_ca_jwt": True,
        },
    )


def _configuration(path: Path, *, port: int, files: ServerFiles) -> Path:
    plugins = path.parent / "plugins"
    plugins.mkdir()
    path.write_text(
        f"""
        storage "inmem" {{}}
        plugin_directory = "{plugins.resolve()}"
        disable_mlock = true
        api_addr = "https://127.0.0.1:{port}"
        listener "tcp" {{
          address = "127.0.0.1:{port}"
          tls_cert_file = "{files.certificate}"
          tls_key_file = "{files.key}"
        }}
        """
    )
    return path


@contextlib.contextmanager
def vault_server(directory: Path, *, issuer: str, public_key: Path) -> Iterator[VaultServer]:
    """Run an unsealed Vault that trusts the ServiceAccount tokens of one API server."""
    files, port = server_files(directory), free_port()
    command = [
        binary("vault"),
        "server",
        f"-config={_configuration(directory / 'vault.hcl', port=port, files=files)}",
    ]
    with running(command, log=directory / "vault.log", ready=lambda: listens(port)):
        address = f"https://127.0.0.1:{port}"
        admin = hvac.Client(url=address, verify=str(files.ca), token="")
        keys = admin.sys.initialize(1, 1)
        admin.token = keys["root_token"]
        admin.sys.submit_unseal_key(keys["keys"][0])
        admin.sys.enable_secrets_engine("kv", path="secret", options={"version": "2"})
        admin.sys.enable_auth_method("jwt", path="jwt")
        admin.write_data(
            "auth/jwt/config",
            data={"jwt_validation_pubkeys": [public_key.read_text()], "bound_issuer": issuer},
        )
        yield VaultServer(
            address=address, ca=files.ca, admin=admin, key=keys["keys"][0], plugins=directory / "plugins"
        )
        admin.adapter.close()
