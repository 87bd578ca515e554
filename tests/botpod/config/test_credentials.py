from __future__ import annotations

import errno
from pathlib import Path

import pytest

from botpod.config.credentials import CredentialFiles, file_problem
from botpod.errors import Rejected


@pytest.mark.parametrize(
    ("content", "value"),
    [(b"secret", "secret"), (b"secret\n", "secret"), (b"secret\n\n", "secret\n"), (b"a b\r\n", "a b")],
)
def test_one_line_end_is_not_part_of_a_credential(content: bytes, value: str, tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(content)

    assert CredentialFiles(tmp_path).value("key") == value


def test_a_change_is_seen_at_once(tmp_path: Path) -> None:
    credentials = CredentialFiles(tmp_path)
    (tmp_path / "key").write_text("one")
    assert credentials.value("key") == "one"
    (tmp_path / "key").write_text("two")
    assert credentials.value("key") == "two"


def test_a_file_that_is_swapped_just_now_is_not_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kubelet swaps a link and removes the folder that it named: an opening may fall between the two."""
    (tmp_path / "key").write_text("value")
    openings: list[Path] = []
    read_bytes = Path.read_bytes

    def between_the_two(path: Path) -> bytes:
        openings.append(path)
        if len(openings) == 1:
            raise FileNotFoundError(errno.ENOENT, "gone", str(path))
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", between_the_two)
    assert CredentialFiles(tmp_path).value("key") == "value"


def test_a_missing_file_says_where_to_put_it(tmp_path: Path) -> None:
    with pytest.raises(Rejected, match=r'"key" has no file; put its value into .*/key\.'):
        CredentialFiles(tmp_path).value("key")


@pytest.mark.parametrize(("content", "sentence"), [(b" \n", "is empty"), (b"\xff\xfe", "is not UTF-8")])
def test_a_bad_file_is_named_without_its_content(content: bytes, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(content)

    assert sentence in (file_problem(tmp_path, "key") or "")


def test_a_directory_in_its_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "key").mkdir()

    assert "can't be read" in (file_problem(tmp_path, "key") or "")
