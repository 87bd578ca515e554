"""The pure halves: names, addresses, volumes, command lines."""

from __future__ import annotations

import datetime as dt
import ssl
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from botpod_local.cluster.api import object_path
from botpod_local.cluster.commands import complaint_of
from botpod_local.cluster.layout import NUMBERS, Layout, check_name
from botpod_local.cluster.manifests import manifests
from botpod_local.cluster.network import conflict
from botpod_local.cluster.pki import Authority
from botpod_local.cluster.services import SERVICE_NAMES, services
from botpod_local.cluster.supervision import Running
from botpod_local.cluster.volumes import claims_to_serve, volume_for, volumes_to_delete
from botpod_local.errors import LocalError

LAYOUT = Layout(name="hello", number=7, cache=Path("/cache"))
PROVISIONER = "local.botpod.dev/directory"


@given(st.from_regex(r"[a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?", fullmatch=True))
def test_a_name_fits_into_dns_and_a_path(name: str) -> None:
    assert check_name(name) == name
    assert len(f"botpod-{name}") <= 63


@pytest.mark.parametrize("name", ["", "-a", "a-", "A", "a/b", "..", "a" * 33, "a\n"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(LocalError, match="a cluster can't be named"):
        check_name(name)


@given(st.sampled_from(NUMBERS), st.sampled_from(NUMBERS))
def test_two_clusters_never_share_a_subnet(one: int, other: int) -> None:
    a, b = (Layout(name="x", number=number, cache=Path("/")) for number in (one, other))

    found = conflict(a.subnets, [(subnet, b.link) for subnet in b.subnets], "")

    assert (found is None) == (one != other)


def test_ones_own_routes_and_those_of_ipv6_are_no_conflict() -> None:
    taken = [(subnet, LAYOUT.link) for subnet in LAYOUT.subnets] + [
        ("fd00::/8", "eth0"),
        ("192.0.2.0/24", "eth0"),
    ]

    assert conflict(LAYOUT.subnets, taken, LAYOUT.link) is None
    assert conflict(LAYOUT.subnets, [*taken, ("10.0.0.0/8", "vpn")], LAYOUT.link) == ("10.0.0.0/8", "vpn")


def claim(**changes: Any) -> dict[str, Any]:
    return {
        "metadata": {
            "name": "data",
            "namespace": "default",
            "uid": "1",
            "annotations": {"volume.kubernetes.io/storage-provisioner": PROVISIONER},
            **changes.get("metadata", {}),
        },
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
            "storageClassName": "local",
            **changes.get("spec", {}),
        },
        "status": {"phase": "Pending", **changes.get("status", {})},
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"metadata": {"annotations": {"volume.kubernetes.io/storage-provisioner": "somebody/else"}}},
        {"metadata": {"annotations": {}}},
        {"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}},
        {"spec": {"volumeName": "pvc-1"}},
        {"status": {"phase": "Bound"}},
    ],
)
def test_only_claims_that_wait_for_us_are_served(changes: dict[str, Any]) -> None:
    assert claims_to_serve([claim(), claim(**changes)]) == [claim()]


def test_a_volume_stays_until_its_claim_is_gone_and_where_its_owner_says_so() -> None:
    volume = volume_for(claim(), directory=Path("/volumes/pvc-1"), node="node")
    released = {**volume, "status": {"phase": "Released"}}
    bound = {**volume, "status": {"phase": "Bound"}}
    kept = {**released, "spec": {**volume["spec"], "persistentVolumeReclaimPolicy": "Retain"}}
    foreign = {**released, "metadata": {"name": "x"}}

    assert volumes_to_delete([bound, released, kept, foreign]) == [released]
    assert volume["spec"]["local"] == {"path": "/volumes/pvc-1"}


def test_every_service_is_described_under_the_name_that_status_shows() -> None:
    described = services(LAYOUT, lambda name: Path("/programs") / name)
    ports = [port for service in described for port in service.ports]

    assert tuple(service.name for service in described) == SERVICE_NAMES
    assert len(set(ports)) == len(ports)


def test_names_outside_are_forwarded_only_with_resolvers() -> None:
    def corefile(layout: Layout) -> str:
        described = {each.name: each for each in services(layout, lambda name: Path("/programs") / name)}
        return described["coredns"].files[layout.etc / "Corefile"]

    closed = Layout(name="a", number=1, cache=Path("/c"))
    opened = Layout(name="a", number=1, cache=Path("/c"), resolvers=("192.0.2.53",))

    assert "forward" not in corefile(closed)
    assert "forward . 192.0.2.53" in corefile(opened)


def test_every_object_of_a_new_cluster_can_be_addressed_and_written_as_yaml() -> None:
    made = list(manifests(LAYOUT, "Q0E="))

    assert len({object_path(manifest) for manifest in made}) == len(made)
    assert list(yaml.safe_load_all(yaml.safe_dump_all(made))) == made


def test_no_rule_of_a_new_cluster_names_every_resource() -> None:
    rules = [rule for manifest in manifests(LAYOUT, "") for rule in manifest.get("rules", ())]

    assert all("*" not in rule["resources"] and "*" not in rule["apiGroups"] for rule in rules)


def test_issued_certificates_pass_pythons_strictest_check(tmp_path: Path) -> None:
    authority = Authority("test", now=dt.datetime.now(dt.UTC))
    served = authority.issue("server", names=("127.0.0.1", "server.example"))
    for name, text in (("crt", served.certificate), ("key", served.key)):
        (tmp_path / f"server.{name}").write_text(text, encoding="ascii")
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(tmp_path / "server.crt", tmp_path / "server.key")
    client = ssl.create_default_context(cadata=authority.pair.certificate)
    assert client.verify_flags & ssl.VerifyFlags.VERIFY_X509_STRICT

    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (
        client.wrap_bio(to_client, to_server, server_hostname="server.example"),
        server.wrap_bio(to_server, to_client, server_side=True),
    )
    for end in (*ends, *ends):
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            continue

    assert ends[0].getpeercert()


def test_a_certificate_names_its_holder_and_organisation() -> None:
    authority = Authority("test", now=dt.datetime.now(dt.UTC))
    issued = x509.load_pem_x509_certificate(
        authority.issue("system:node:a", organization="system:nodes").certificate.encode()
    )

    assert issued.subject.rfc4514_string() == "CN=system:node:a,O=system:nodes"


def line(name: str, *, alive: bool) -> Running:
    return Running(name, 1, alive, Path(f"/log/{name}.log"))


def test_the_sentence_of_status() -> None:
    all_well = [line("init", alive=True), line("etcd", alive=True)]
    one_died = [line("init", alive=True), line("etcd", alive=False), line("vault", alive=True)]
    two_died = [line("init", alive=True), line("etcd", alive=False), line("vault", alive=False)]

    assert complaint_of("x", all_well) == ""
    assert complaint_of("x", one_died).startswith("etcd of cluster x has died: ")
    assert complaint_of("x", two_died).startswith("etcd and vault of cluster x have died: ")
    assert complaint_of("x", [line("init", alive=False)]) == (
        "cluster x does not run: `botpod-local up --name x` starts it again."
    )


def test_a_stand_in_that_died_is_started_by_the_demo() -> None:
    lines = [line("init", alive=True), replace(line("discord", alive=False), command="demo")]

    assert "`botpod-local demo --name x` starts it again" in complaint_of("x", lines)
