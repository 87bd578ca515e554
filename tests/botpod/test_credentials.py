from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from botpod.config.credentials import CredentialFiles
from botpod.credentials.store import Credentials
from botpod.environment.credentials import CredentialValues
from botpod.errors import Rejected

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def credentials(tmp_path: Path) -> Credentials:
    (tmp_path / "token").write_text("first\n")
    return Credentials(CredentialFiles(tmp_path), ["token", "missing"], clock=lambda: 1000.0)


def test_a_value_is_the_file_as_it_is_now(credentials: Credentials, tmp_path: Path) -> None:
    assert credentials.value("token") == "first"
    (tmp_path / "token").write_text("second")
    assert credentials.value("token") == "second"
    with pytest.raises(Rejected, match='"missing" has no file'):
        credentials.value("missing")


def test_versions_are_told_by_digests_that_differ(
    credentials: Credentials, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    assert credentials.look() == ("token",)
    assert credentials.look() == ()
    first = credentials.status()["keys"]
    assert first["missing"]["digest"] is None
    assert "has no file" in first["missing"]["problem"]
    assert first["token"]["since"] == 1000.0
    (tmp_path / "token").write_text("second")
    assert credentials.look() == ("token",)
    second = credentials.status()["keys"]
    assert len(second["token"]["digest"]) == 12
    assert second["token"]["digest"] != first["token"]["digest"]
    assert "The credential token has changed." in caplog.text
    for value in ("first", "second"):
        assert value not in caplog.text + str(first) + str(second) + repr(vars(credentials))


def test_the_same_value_has_the_same_digest_everywhere(credentials: Credentials, tmp_path: Path) -> None:
    other = Credentials(CredentialFiles(tmp_path), ["token"])
    credentials.look()
    other.look()
    assert credentials.status()["keys"]["token"]["digest"] == other.status()["keys"]["token"]["digest"]


def test_present_and_former_values_are_secrets(credentials: Credentials, tmp_path: Path) -> None:
    credentials.look()
    (tmp_path / "token").write_text("second")
    credentials.look()
    assert credentials.secrets() == {"first", "second"}


def test_a_delivery_is_told_once_its_values_are_there(credentials: Credentials, tmp_path: Path) -> None:
    credentials.look()
    assert credentials.status()["delivery"] is None
    (tmp_path / ".delivery").write_text("7f00\n")
    (tmp_path / "token").write_text("second")
    assert credentials.status()["delivery"] is None
    assert credentials.look() == ("token",)
    assert credentials.status()["delivery"] == "7f00"
    assert tmp_path / ".delivery" in credentials.paths


def test_values_that_are_not_files_are_taken_up_when_they_are_asked_for(tmp_path: Path) -> None:
    said = {"token": "first"}
    source = CredentialValues(said, file=tmp_path / ".env", read=lambda: dict(said))
    credentials = Credentials(source, ["token"], clock=lambda: 1000.0)
    said["token"] = "second"
    assert credentials.value("token") == "first"
    credentials.refresh()
    assert credentials.value("token") == "second"
    said.clear()
    credentials.refresh()
    with pytest.raises(Rejected, match="no longer set"):
        credentials.value("token")
