"""What a pod can count on."""

from __future__ import annotations

import http.server
import json
import ssl
import threading
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
from eventually import patiently
from localcluster import probe_pod, said

from botpod_local.cluster.http import JsonClient
from botpod_local.errors import LocalError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botpod_local.cluster import Cluster

CLAIM = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": "data"},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
}
SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "hello"},
    "spec": {"type": "NodePort", "selector": {"app": "hello"}, "ports": [{"port": 80, "targetPort": 8080}]},
}


def apply(cluster: Cluster, *manifests: dict[str, Any]) -> None:
    cluster.kubectl(
        "apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": list(manifests)})
    )


def ready(cluster: Cluster, pod: str) -> None:
    cluster.kubectl("wait", "--for=condition=Ready", f"pod/{pod}", "--timeout=60s")


def fetched(url: str) -> str:
    with urllib.request.urlopen(url, timeout=5) as response:
        return str(response.read().decode().strip())


@pytest.fixture
def host_page(cluster: Cluster) -> Iterator[str]:
    """A page served on the host's side of the cluster's link; gives its port."""

    class Hello(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"hello from the host")

        def log_message(self, *arguments: object) -> None:
            """Keep quiet."""

    with http.server.ThreadingHTTPServer((cluster.host_address, 0), Hello) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield str(server.server_address[1])
        server.shutdown()
        thread.join(5)


def test_a_pod_reaches_services_the_host_and_vault_by_name_and_is_told_at_once_what_is_not_there(
    cluster: Cluster, host_page: str
) -> None:
    questions = {
        "lookup kubernetes.default": "",
        f"get http://{cluster.host_address}:{host_page}/": "hello from the host",
        f"get http://host.botpod.internal:{host_page}/": "hello from the host",
        "get http://vault.vault:8200/v1/sys/health": '"sealed":false',
        "lookup example.com": "no such host",
    }
    words = [word for question in questions for word in question.split()]
    apply(cluster, probe_pod("asks", *words))
    ready(cluster, "asks")

    answers = said(cluster, "asks", "lookup example.com")

    for question, expected in questions.items():
        assert expected in answers[question]
    assert answers["lookup kubernetes.default"].startswith("10.252.")


def test_the_host_reaches_pods_services_and_node_ports(cluster: Cluster) -> None:
    apply(cluster, probe_pod("hello", "serve", ":8080"), SERVICE)
    ready(cluster, "hello")
    pod = json.loads(cluster.kubectl("get", "pod", "hello", "-o", "json"))["status"]["podIP"]
    service = json.loads(cluster.kubectl("get", "service", "hello", "-o", "json"))["spec"]
    addresses = [
        f"http://{pod}:8080",
        f"http://{service['clusterIP']}",
        f"http://{cluster.node_address}:{service['ports'][0]['nodePort']}",
    ]

    def answers() -> list[str]:
        try:
            return [fetched(address) for address in addresses]
        except OSError:
            return []

    assert patiently(answers) == ["hello from the pod"] * 3


def test_a_claimed_volume_can_be_written_by_the_pods_group_and_goes_with_its_claim(cluster: Cluster) -> None:
    mounted = {"volumeMounts": [{"name": "data", "mountPath": "/data"}]}
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    pod = probe_pod("writes", "write", "/data/x", "list", "/data", container=mounted, volumes=volumes)
    apply(cluster, CLAIM, pod)
    ready(cluster, "writes")

    answers = said(cluster, "writes", "list /data")
    (directory,) = cluster.layout.volumes.iterdir()
    cluster.kubectl("delete", "pod/writes", "pvc/data", "--wait")
    patiently(lambda: not directory.exists())
    patiently(lambda: not json.loads(cluster.kubectl("get", "pv", "-o", "json"))["items"])

    assert answers == {"write /data/x": "written", "list /data": "x"}


def test_one_can_look_into_a_pod(cluster: Cluster) -> None:
    apply(cluster, probe_pod("looked-into", "list", "/"))
    ready(cluster, "looked-into")

    # The probe goes on sleeping, so the look ends by its own time-out.
    with pytest.raises(LocalError, match="did not end within 4 s"):
        cluster.kubectl("exec", "looked-into", "--", "/probe", "list", "/", timeout_s=4)
    assert "probe" in said(cluster, "looked-into", "list /")["list /"]


def test_the_default_namespace_admits_restricted_pods_only(cluster: Cluster) -> None:
    pod = probe_pod("root")
    pod["spec"]["securityContext"] = {}

    with pytest.raises(LocalError, match='violates PodSecurity "restricted'):
        apply(cluster, pod)


def test_processor_and_memory_of_pods_are_measured(cluster: Cluster) -> None:
    apply(cluster, probe_pod("burns", "burn", "40"))
    ready(cluster, "burns")

    def measured() -> int:
        try:
            line = cluster.kubectl("top", "pod", "burns", "--no-headers").split()
        except LocalError:
            return 0
        return int(line[1].removesuffix("m"))

    assert patiently(measured, seconds=60) > 0
    cluster.kubectl("delete", "pod/burns")


def test_a_service_account_reads_from_vault_what_its_role_grants_and_no_other_does(cluster: Cluster) -> None:
    vault = cluster.vault
    assert vault.write("bots/hello", {"discord-token": "one"}) == 1
    assert vault.write("bots/hello", {"discord-token": "two"}) == 2
    vault.write("bots/other", {"discord-token": "secret"})
    vault.grant("default", "bot-hello", role="hello", path="bots/hello")
    for account in ("bot-hello", "bot-other"):
        cluster.kubectl("create", "serviceaccount", account)

    def log_in(account: str, audience: str = "vault") -> str:
        jwt = cluster.kubectl("create", "token", account, f"--audience={audience}").strip()
        anonymous = JsonClient(cluster.vault_address)
        answer = anonymous.request("POST", "/v1/auth/jwt/login", {"role": "hello", "jwt": jwt})
        return str(answer["auth"]["client_token"])

    reader = JsonClient(cluster.vault_address, headers={"X-Vault-Token": log_in("bot-hello")})

    assert reader.request("GET", "/v1/secret/data/bots/hello")["data"]["data"] == {"discord-token": "two"}
    assert reader.request("GET", "/v1/secret/metadata/bots/hello")["data"]["current_version"] == 2
    with pytest.raises(LocalError, match="permission denied"):
        reader.request("GET", "/v1/secret/data/bots/other")
    with pytest.raises(LocalError, match="was refused"):
        log_in("bot-other")
    with pytest.raises(LocalError, match="was refused"):
        log_in("bot-hello", audience="https://kubernetes.default.svc")


def test_vault_answers_with_tls_under_the_clusters_authority(cluster: Cluster) -> None:
    context = ssl.create_default_context(cadata=cluster.authority)

    health = JsonClient(cluster.vault_tls_address, context=context).request("GET", "/v1/sys/health")

    assert health["sealed"] is False
