"""``botpod-credentials`` as a process of its own, with a real Vault and orders of the test's."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import requests
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from eventually import patiently
from parts.measured import measured
from pki import signing_key
from processes import free_port, listens
from vaultserver import vault_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from vaultserver import VaultServer

ISSUER, NAMESPACE, ACCOUNT, PATH = "https://cluster.test", "team", "bot-hello", "bots/hello"
ADDRESSES = {
    "discord": "https://discord.invalid/api/v10",
    "github": "https://github.invalid",
    "openai": "https://openai.invalid/v1",
    "anthropic": "https://anthropic.invalid",
    "azureOpenai": None,
    "azureApiVersion": None,
    "redis": None,
    "postgresql": None,
}
KEYS = [{"name": "discord-token", "kind": "DiscordToken"}, {"name": "note", "kind": "Opaque"}]


@dataclass(kw_only=True)
class CredentialsPod:
    """The process, its files, and its Vault."""

    directory: Path
    vault: VaultServer
    port: int = field(default_factory=free_port)
    order: dict[str, Any] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def folder(self) -> Path:
        return self.directory / "credentials"

    @property
    def log(self) -> Path:
        return self.directory / "pod.log"

    def start(self) -> None:
        command = [sys.executable, "-m", "botpod_credentials", f"--port={self.port}"]
        for option, path in (
            ("order", "order.json"),
            ("passwords", "passwords"),
            ("token", "token"),
            ("folder", "credentials"),
        ):
            command.append(f"--{option}={self.directory / path}")
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=subprocess.STDOUT, env=os.environ | measured()
            )
        patiently(lambda: listens(self.port), seconds=60)

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End the process; return its exit code."""
        assert self.process is not None
        self.process.send_signal(how)
        try:
            return self.process.wait(20)
        finally:
            self.process.kill()

    def tell(self, **changes: Any) -> None:
        """Order something else, as the kubelet brings it: all at once."""
        self.order |= changes
        fresh = self.directory / "order.next"
        fresh.write_text(json.dumps(self.order))
        fresh.rename(self.directory / "order.json")

    def get(self, path: str) -> tuple[int, Any]:
        """Return the status and the JSON (or text) that the port answers."""
        answer = requests.get(f"http://127.0.0.1:{self.port}{path}", timeout=60)
        with contextlib.suppress(ValueError):
            return answer.status_code, answer.json()
        return answer.status_code, answer.text

    def tried(self, version: int) -> dict[str, Any]:
        """Order a trial and return what came of it."""
        self.tell(trial={"version": version, "digest": f"{version:016x}"})
        status, answer = self.get(f"/trial/{version:016x}")
        assert status == 200, answer
        return dict(answer)

    def deliver(self, version: int) -> None:
        """Order a version and wait until its files are there."""
        self.tell(delivered={"version": version, "digest": f"{version:016x}"}, trial=None)
        self.has(version)

    def has(self, version: int) -> None:
        patiently(lambda: self.file(".delivery") == f"{version:016x}", seconds=60)

    def file(self, name: str) -> str | None:
        path = self.folder / name
        return path.read_text() if path.exists() else None

    def problem(self, part: str) -> None:
        """Wait until the process says what is wrong."""
        patiently(lambda: part in str(self.get("/status")[1]["problem"]), seconds=60)


def _token(private: Path, *, seconds: int = 3600) -> str:
    """Return a ServiceAccount's token as an API server makes them."""
    key = serialization.load_pem_private_key(private.read_bytes(), password=None)
    claims = {
        "iss": ISSUER,
        "aud": ["vault"],
        "sub": f"system:serviceaccount:{NAMESPACE}:{ACCOUNT}",
        "iat": int(time.time()) - 10,
        "exp": int(time.time()) + seconds,
    }
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
        for part in ({"alg": "RS256", "typ": "JWT"}, claims)
    ]
    signed = b".".join(parts)
    signature = key.sign(signed, padding.PKCS1v15(), hashes.SHA256())  # type: ignore[union-attr,call-arg,arg-type]
    return (signed + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


@contextlib.contextmanager
def credentials_pod(directory: Path) -> Iterator[CredentialsPod]:
    """Run a Vault, and have everything ready for the process, which the test starts."""
    private, public = signing_key(directory)
    for name in ("passwords", "credentials"):
        (directory / name).mkdir()
    (directory / "token").write_text(_token(private))
    with vault_server(directory, issuer=ISSUER, public_key=public) as vault:
        vault.role("hello", namespace=NAMESPACE, account=ACCOUNT, paths=(PATH,))
        pod = CredentialsPod(directory=directory, vault=vault)
        pod.tell(
            keys=KEYS,
            passwords=[],
            vault={
                "address": vault.address,
                "caBundle": vault.ca_bundle,
                "authMount": "jwt",
                "kvMount": "secret",
                "path": PATH,
                "role": "hello",
                "account": f"{NAMESPACE}/{ACCOUNT}",
            },
            addresses=ADDRESSES,
            verify=True,
            applicationId=None,
            delivered=None,
            trial=None,
        )
        try:
            yield pod
        finally:
            if pod.process is not None and pod.process.poll() is None:
                pod.end()
