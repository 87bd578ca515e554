"""Which of the chart's databases speak TLS, with whose certificates, and what an upgrade makes of that."""

from __future__ import annotations

import base64
import datetime as dt
import re
import secrets
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from cryptography.x509.verification import PolicyBuilder, Store
from helmchart import NAMESPACE, Objects, merged, render
from helmrelease import Release
from pki import server_files

from botpod_local.chart.tools import ChartWrong

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from helmchart import Installed

COMPONENTS = ("redis", "postgresql")
DATABASES: dict[str, Any] = {component: {"enabled": True} for component in COMPONENTS}
ALWAYS, NEVER = ({"databases": {"tls": {"mode": mode}}} for mode in ("Always", "Never"))
URLS = {
    False: {
        "redis": "redis://botpod-redis.botpod-system.svc:6379/0",
        "postgresql": "postgresql://botpod@botpod-postgresql.botpod-system.svc:5432/botpod",
    },
    True: {
        "redis": "rediss://botpod-redis.botpod-system.svc:6379/0",
        "postgresql": "postgresql://botpod@botpod-postgresql.botpod-system.svc:5432/botpod?ssl=verify-full",
    },
}


def certificates(objects: Objects) -> dict[str, dict[str, bytes]]:
    """Return the Secrets for TLS by their names."""
    return {
        secret["metadata"]["name"]: {key: base64.b64decode(text) for key, text in secret["data"].items()}
        for secret in objects.of("Secret")
        if secret["type"] == "kubernetes.io/tls"
    }


def state(objects: Objects) -> dict[str, Any]:
    found: dict[str, Any] = objects.operator_file()["defaultClass"]["state"]
    return found


def mentions(objects: Objects) -> list[str]:
    """Return where the databases' own objects and the class speak of TLS."""
    of_databases = [
        thing
        for thing in objects.all
        if thing["metadata"]["labels"]["app.kubernetes.io/component"] in COMPONENTS
    ]
    texts = {f"{thing['kind']}/{thing['metadata']['name']}": yaml.safe_dump(thing) for thing in of_databases}
    texts["class"] = yaml.safe_dump(state(objects))
    return [name for name, text in texts.items() if re.search(r"tls|ssl|rediss|CERTIFICATE", text)]


@pytest.mark.parametrize("tls", [True, False])
def test_the_default_class_knows_a_database_by_its_certificate_or_speaks_plain_text(*, tls: bool) -> None:
    objects = render({**DATABASES, **(ALWAYS if tls else NEVER)})
    stores = state(objects)
    assert {name: store["url"] for name, store in stores.items()} == URLS[tls]
    assert ["caBundle" in store for store in stores.values()] == [tls, tls]
    if not tls:
        assert mentions(objects) == []
        return
    for name, store in stores.items():
        secret = certificates(objects)[f"botpod-{name}-tls"]
        assert store["caBundle"].strip().encode() == secret["ca.crt"].strip()
        held = objects.one("ConfigMap", component=name)["data"]["ca.crt"]
        assert held.strip() == store["caBundle"].strip()


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_certificate_is_for_the_service_and_for_loopback_and_ends_one_day(component: str) -> None:
    found = certificates(render({**DATABASES, "watch": {"namespaces": ["bots"]}}))[f"botpod-{component}-tls"]
    own, ca = (x509.load_pem_x509_certificate(found[key]) for key in ("tls.crt", "ca.crt"))
    inside = f"botpod-{component}.{NAMESPACE}"
    names = [f"botpod-{component}", inside, f"{inside}.svc", f"{inside}.svc.cluster.local", "localhost"]
    policy = PolicyBuilder().store(Store([ca]))
    for name in names:
        policy.build_server_verifier(x509.DNSName(name)).verify(own, [])
    said = own.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert said.get_values_for_type(x509.DNSName) == names
    assert [str(address) for address in said.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]
    assert (
        dt.timedelta(days=3649) < own.not_valid_after_utc - own.not_valid_before_utc < dt.timedelta(days=3651)
    )


@pytest.mark.parametrize("component", COMPONENTS)
def test_nobody_keeps_the_key_of_a_ca(component: str) -> None:
    objects = render(DATABASES)
    found = certificates(objects)[f"botpod-{component}-tls"]
    assert found.keys() == {"tls.crt", "tls.key", "ca.crt"}

    def spki(key: Any) -> bytes:
        return bytes(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))

    own, ca = (x509.load_pem_x509_certificate(found[key]) for key in ("tls.crt", "ca.crt"))
    assert found["tls.key"].count(b"PRIVATE KEY-----") == 2
    key = load_pem_private_key(found["tls.key"], password=None).public_key()
    assert spki(key) == spki(own.public_key()) != spki(ca.public_key())
    everything = [text for secret in certificates(objects).values() for text in secret.values()]
    assert b"".join(everything).count(b"BEGIN EC PRIVATE KEY") == len(COMPONENTS)
    assert "PRIVATE KEY" not in yaml.safe_dump_all(objects.all)


@pytest.mark.parametrize("component", COMPONENTS)
def test_only_the_databases_user_reads_the_key(component: str) -> None:
    pod = render(DATABASES).one("StatefulSet", component=component)["spec"]["template"]["spec"]
    (volume,) = [one["secret"] for one in pod["volumes"] if one["name"] == "tls"]
    assert volume["secretName"] == f"botpod-{component}-tls"
    assert volume["defaultMode"] == 0o440
    assert pod["securityContext"]["fsGroup"] == pod["securityContext"]["runAsUser"]
    (mount,) = [one for one in pod["containers"][0]["volumeMounts"] if one["name"] == "tls"]
    assert mount["readOnly"]


OWN = {
    component: {"enabled": True, "tls": {"existingSecret": {"name": "of-mine"}}} for component in COMPONENTS
}


def test_a_certificate_of_your_own_takes_the_place_of_the_generated_one(tmp_path: Path) -> None:
    ca = server_files(tmp_path).ca.read_text()
    told = {component: {"tls": {"caBundle": ca}} for component in COMPONENTS}
    objects = render(merged(OWN, told))
    assert certificates(objects) == {}
    assert {name: store["url"] for name, store in state(objects).items()} == URLS[True]
    assert [store["caBundle"].strip() for store in state(objects).values()] == [ca.strip()] * 2
    for component in COMPONENTS:
        volumes = objects.one("StatefulSet", component=component)["spec"]["template"]["spec"]["volumes"]
        (volume,) = [one["secret"] for one in volumes if one["name"] == "tls"]
        assert volume["secretName"] == "of-mine"


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_ca_that_nobody_tells_and_helm_cannot_find_is_asked_for(component: str) -> None:
    with pytest.raises(ChartWrong, match=rf"{component}\.tls\.caBundle: paste .* Secret of-mine"):
        render({component: OWN[component]})


def test_a_ca_without_a_certificate_of_your_own_is_refused(tmp_path: Path) -> None:
    ca = server_files(tmp_path).ca.read_text()
    with pytest.raises(ChartWrong, match=r"at '/redis/tls/existingSecret': missing property 'name'"):
        render({"redis": {"enabled": True, "tls": {"caBundle": ca}}})


@pytest.fixture
def release(installed: Installed) -> Iterator[Release]:
    made = Release(installed, f"botpod-{secrets.token_hex(3)}", DATABASES)
    yield made
    installed.helm("uninstall", made.name)


def test_an_upgrade_keeps_certificates(release: Release) -> None:
    release.upgrade()
    before, templates = certificates(release.objects), release.templates
    assert before.keys() == {f"{release.name}-{component}-tls" for component in COMPONENTS}
    release.upgrade({"operator": {"image": "registry.example/operator:2"}})
    assert certificates(release.objects) == before
    assert release.templates == templates


def test_databases_that_speak_plain_text_go_on_until_somebody_says_otherwise(release: Release) -> None:
    release.upgrade(NEVER)
    plain = release.templates
    release.upgrade()
    assert release.templates == plain
    assert certificates(release.objects) == {}
    assert mentions(release.objects) == []

    release.upgrade(ALWAYS)
    assert certificates(release.objects).keys() == {f"{release.name}-{one}-tls" for one in COMPONENTS}
    tls = release.templates
    assert [name for name in tls if tls[name] == plain[name]] == []
    release.upgrade()
    assert release.templates == tls
    assert cas(release) == [text["ca.crt"].decode().strip() for text in _in_order(release)]


def cas(release: Release) -> list[str]:
    return [str(store.get("caBundle")) for store in state(release.objects).values()]


def _in_order(release: Release) -> list[dict[str, bytes]]:
    found = certificates(release.objects)
    return [found[f"{release.name}-{component}-tls"] for component in state(release.objects)]


def test_a_database_that_comes_later_speaks_tls(release: Release) -> None:
    release.upgrade(NEVER, {"postgresql": {"enabled": False}})
    release.upgrade()
    assert certificates(release.objects).keys() == {f"{release.name}-postgresql-tls"}


def test_a_certificate_that_was_deleted_is_made_anew_and_the_database_restarted(release: Release) -> None:
    release.upgrade()
    before, templates = _in_order(release), release.templates
    redis = f"{release.name}-redis"
    release.installed.server.kubectl("delete", "secret", f"{redis}-tls", "-n", NAMESPACE)
    release.upgrade()
    after = _in_order(release)
    assert cas(release) == [found["ca.crt"].decode().strip() for found in after]
    changed = [name for name in templates if release.templates[name] != templates[name]]
    assert changed == [redis]
    assert sum(old != new for old, new in zip(before, after, strict=True)) == 1


def test_the_ca_of_a_secret_of_your_own_is_found(release: Release, tmp_path: Path) -> None:
    files = server_files(tmp_path)
    data = {"tls.crt": files.certificate, "tls.key": files.key, "ca.crt": files.ca}
    name = f"{release.name}-mine"
    release.installed.server.apply(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": NAMESPACE},
            "type": "kubernetes.io/tls",
            "stringData": {key: path.read_text() for key, path in data.items()},
        }
    )
    own = {component: {"tls": {"existingSecret": {"name": name}}} for component in COMPONENTS}
    release.upgrade(own)
    assert certificates(release.objects) == {}
    assert cas(release) == [files.ca.read_text().strip()] * 2
