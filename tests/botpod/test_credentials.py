from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest

from botpod.config.credentials import CredentialFiles
from botpod.credentials.store import Credentials
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
    first = credentials.status()
    assert first["missing"]["digest"] is None
    assert "has no file" in first["missing"]["problem"]
    assert first["token"]["since"] == 1000.0
    (tmp_path / "token").write_text("second")
    assert credentials.look() == ("token",)
    second = credentials.status()
    assert len(second["token"]["digest"]) == 12
    assert second["token"]["digest"] != first["token"]["digest"]
    assert "The credential token has changed." in caplog.text
    for value in ("first", "second"):
        assert value not in caplog.text + str(first) + str(second) + repr(vars(credentials))


def test_the_same_value_has_the_same_digest_everywhere(credentials: Credentials, tmp_path: Path) -> None:
    other = Credentials(CredentialFiles(tmp_path), ["token"])
    credentials.look()
    other.look()
    assert credentials.status()["token"]["digest"] == other.status()["token"]["digest"]


def test_present_and_former_values_are_secrets(credentials: Credentials, tmp_path: Path) -> None:
    credentials.look()
    (tmp_path / "token").write_text("second")
    credentials.look()
    assert credentials.secrets() == {"first", "second"}


async def test_a_changed_file_is_noticed_by_itself(credentials: Credentials, tmp_path: Path) -> None:
    watching = asyncio.create_task(credentials.watch(every=0.01))
    try:
        (tmp_path / "missing").write_text("there")
        async with asyncio.timeout(5):
            while credentials.status()["missing"]["digest"] is None:  # noqa: ASYNC110 - it watches a file
                await asyncio.sleep(0.01)
    finally:
        watching.cancel()
