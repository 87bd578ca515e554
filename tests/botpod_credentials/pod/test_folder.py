"""Files that are swapped all at once: whoever reads finds one set of values, whatever goes wrong."""

from __future__ import annotations

import os
import stat
import tempfile
import threading
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from botpod_credentials.keys import DELIVERY_FILE
from botpod_credentials.pod.folder import Folder

SETS = st.dictionaries(st.sampled_from(["discord-token", "openai-api-key", "note"]), st.binary(max_size=20))


def shown(path: Path) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in path.iterdir() if not one.name.startswith("..")}


@given(st.lists(SETS, min_size=1, max_size=5))
def test_the_folder_holds_exactly_what_was_swapped_in_last(sets: list[dict[str, bytes]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name)
        for files in sets:
            Folder(path).swap(files)
            assert shown(path) == files
        # One set of values, and no copy of those before.
        assert sum(one.is_dir() and not one.is_symlink() for one in path.iterdir()) == 1


def test_nobody_reads_half_of_a_set(tmp_path: Path) -> None:
    folder, stop, mixed = Folder(tmp_path), threading.Event(), []
    folder.swap({"a": b"0", "b": b"0", DELIVERY_FILE: b"0"})

    def read() -> None:
        while not stop.is_set():
            # As the kubelet's readers can: the folder first, then its files.
            try:
                data = os.open(tmp_path / "..data", os.O_RDONLY | os.O_DIRECTORY)
            except FileNotFoundError:
                continue  # swapped between following the link and opening what it named
            try:
                found = {_content(data, name) for name in ("a", "b", DELIVERY_FILE)} - {None}
            finally:
                os.close(data)
            if len(found) > 1:
                mixed.append(found)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(300):
        folder.swap({name: str(number).encode() for name in ("a", "b", DELIVERY_FILE)})
    stop.set()
    reader.join(10)
    assert mixed == []
    assert folder.delivery == "299"


def _content(folder: int, name: str) -> bytes | None:
    try:
        file = os.open(name, os.O_RDONLY, dir_fd=folder)
    except FileNotFoundError:
        return None  # of a set that is gone already
    try:
        return os.read(file, 100)
    finally:
        os.close(file)


def test_what_a_killed_process_left_is_cleared_away(tmp_path: Path) -> None:
    Folder(tmp_path).swap({"a": b"old"})
    half = tmp_path / "..half"
    half.mkdir()
    (half / "a").write_bytes(b"never finished")
    (tmp_path / "..data_tmp").symlink_to("..half")
    Folder(tmp_path).swap({"a": b"new"})
    assert shown(tmp_path) == {"a": b"new"}
    assert not half.exists()


def test_files_are_read_only_and_for_the_pods_group(tmp_path: Path) -> None:
    Folder(tmp_path).swap({"a": b"x"})
    mode = (tmp_path / "a").stat().st_mode
    assert stat.S_IMODE(mode) == 0o440


def test_an_empty_folder_has_no_delivery(tmp_path: Path) -> None:
    assert Folder(tmp_path).delivery is None
    assert Folder(tmp_path).read("a") is None
