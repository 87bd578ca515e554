"""A real etcd and kube-apiserver for tests: no kubelet, no controllers, up in about four seconds."""

from __future__ import annotations

import contextlib
import json
import ssl
import subprocess
import urllib.error
import urllib.request
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from jsonlines import json_lines
from pki import server_files, signing_key
from processes import free_port, listens, running

from botpod_local.binaries import binary

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

ISSUER = "https://kubernetes.default.svc"
ADMIN_TOKEN = "tests-admin-token"


class Refused(AssertionError):
    """kubectl failed; the text is what it said."""


@dataclass(frozen=True, kw_only=True)
class ApiServer:
    """A running API server.

    ``audit`` is the log of every request that could write, one JSON object a line.
    """

    url: str
    ca: Path
    kubeconfig: Path
    service_account_public_key: Path
    audit: Path
    service_account_private_key: Path

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """Run kubectl as the administrator and return what it printed.

        Raises:
            Refused: it failed; the text is its error output.
        """
        done = subprocess.run(
            [binary("kubectl"), "--kubeconfig", self.kubeconfig, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode != 0:
            raise Refused(done.stderr)
        return done.stdout

    def apply(self, *manifests: dict[str, Any]) -> str:
        """Apply manifests as a user would."""
        return self.kubectl("apply", "-f", "-", stdin=yaml.safe_dump_all(manifests))

    def get(self, *arguments: str) -> Any:
        """Return what ``kubectl get -o json`` returns, parsed."""
        return json.loads(self.kubectl("get", "-o", "json", "--show-managed-fields", *arguments))

    def read(self, path: str) -> dict[str, Any] | None:
        """Return the object at a path, None where there is none: a tenth of what kubectl costs."""
        request = urllib.request.Request(
            f"{self.url}{path}", headers={"Authorization": f"Bearer {ADMIN_TOKEN}"}
        )
        trust = ssl.create_default_context(cafile=str(self.ca))
        try:
            with urllib.request.urlopen(request, timeout=10, context=trust) as answer:
                found: dict[str, Any] = json.load(answer)
                return found
        except urllib.error.HTTPError as error:
            with error:
                if error.code == HTTPStatus.NOT_FOUND:
                    return None
                raise

    def writes(self, user_agent: str = "") -> list[dict[str, Any]]:
        """Return the audited write requests of clients whose user agent begins so."""
        return [
            event for event in json_lines(self.audit) if event.get("userAgent", "").startswith(user_agent)
        ]


def write_kubeconfig(path: Path, *, url: str, ca: Path, token: str) -> Path:
    """Write a kubeconfig for one bearer of a token; return its path."""
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "tests",
        "contexts": [{"name": "tests", "context": {"cluster": "tests", "user": "tests"}}],
        "clusters": [{"name": "tests", "cluster": {"server": url, "certificate-authority": str(ca)}}],
        "users": [{"name": "tests", "user": {"token": token}}],
    }
    path.write_text(yaml.safe_dump(config))
    return path


def _audit_policy(path: Path, users: Collection[str]) -> Path:
    writes = {"level": "Metadata", "verbs": ["create", "update", "patch", "delete", "deletecollection"]}
    only = {"users": [*users]} if users else {}
    path.write_text(
        yaml.safe_dump(
            {
                "apiVersion": "audit.k8s.io/v1",
                "kind": "Policy",
                "omitStages": ["RequestReceived"],
                "rules": [writes | only, {"level": "None"}],
            }
        )
    )
    return path


@contextlib.contextmanager
def api_server(
    directory: Path,
    *,
    users: Mapping[str, str] | None = None,
    audits: Collection[str] | None = None,
    services: str = "10.0.0.0/16",
) -> Iterator[ApiServer]:
    """Run etcd and an API server with their files below ``directory``.

    ``users`` are more of them, by their tokens. ``audits`` names those whose writes are audited: by default
    ``users`` where they are given, else everybody, as with none. ``services`` is where Services get their
    addresses from.
    """
    named = users or {}
    audited = named.values() if audits is None else audits
    files = server_files(directory)
    private, public = signing_key(directory)
    etcd_port, peer_port, port = free_port(), free_port(), free_port()
    etcd_url, url = f"http://127.0.0.1:{etcd_port}", f"https://127.0.0.1:{port}"
    known = [
        f'{ADMIN_TOKEN},admin,1,"system:masters"',
        *(f"{token},{name},{name}" for token, name in named.items()),
    ]
    (directory / "tokens.csv").write_text("\n".join(known) + "\n")
    audit = directory / "audit.log"
    etcd = [
        binary("etcd"),
        f"--data-dir={directory / 'etcd'}",
        "--unsafe-no-fsync",
        f"--listen-client-urls={etcd_url}",
        f"--advertise-client-urls={etcd_url}",
        f"--listen-peer-urls=http://127.0.0.1:{peer_port}",
    ]
    apiserver = [
        binary("kube-apiserver"),
        f"--etcd-servers={etcd_url}",
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        f"--tls-cert-file={files.certificate}",
        f"--tls-private-key-file={files.key}",
        f"--cert-dir={directory / 'apiserver'}",
        f"--token-auth-file={directory / 'tokens.csv'}",
        "--authorization-mode=RBAC",
        f"--service-cluster-ip-range={services}",
        f"--service-account-issuer={ISSUER}",
        f"--service-account-signing-key-file={private}",
        f"--service-account-key-file={public}",
        f"--audit-log-path={audit}",
        f"--audit-policy-file={_audit_policy(directory / 'audit.yaml', audited)}",
    ]
    trust = ssl.create_default_context(cafile=str(files.ca))

    def ready() -> bool:
        request = urllib.request.Request(f"{url}/readyz", headers={"Authorization": f"Bearer {ADMIN_TOKEN}"})
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(request, timeout=2, context=trust) as answer,
        ):
            return bool(answer.status == 200)
        return False

    with (
        running(etcd, log=directory / "etcd.log", ready=lambda: listens(etcd_port)),
        running(apiserver, log=directory / "apiserver.log", ready=ready),
    ):
        yield ApiServer(
            url=url,
            ca=files.ca,
            kubeconfig=write_kubeconfig(directory / "kubeconfig", url=url, ca=files.ca, token=ADMIN_TOKEN),
            service_account_public_key=public,
            audit=audit,
            service_account_private_key=private,
        )


@pytest.fixture(scope="session")
def apiserver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """An API server of this test session's own, without the project's CRDs."""
    with api_server(tmp_path_factory.mktemp("apiserver")) as server:
        yield server
