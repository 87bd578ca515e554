from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_local.images.machine import BUNDLE, build_arguments, certificates

if TYPE_CHECKING:
    from pathlib import Path


def test_a_machine_without_peculiarities_passes_nothing_on() -> None:
    assert build_arguments({"PATH": "/bin"}) == {}
    assert certificates({"PATH": "/bin"}) == {}


def test_certificates_of_its_own_are_seen_by_pip_and_uv_in_the_build(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.pem"
    bundle.write_text("certificates")
    environment = {"SSL_CERT_FILE": str(bundle)}
    assert certificates(environment) == {bundle: BUNDLE}
    assert build_arguments(environment) == {"PIP_CERT": BUNDLE, "SSL_CERT_FILE": BUNDLE}


def test_certificates_that_are_not_there_are_not_mounted() -> None:
    environment = {"SSL_CERT_FILE": "/nowhere/bundle.pem"}
    assert certificates(environment) == {}
    assert build_arguments(environment) == {}


def test_an_index_of_its_own_is_passed_on() -> None:
    environment = {"UV_DEFAULT_INDEX": "https://index.example/simple", "PIP_INDEX_URL": ""}
    assert build_arguments(environment) == {"UV_DEFAULT_INDEX": "https://index.example/simple"}
