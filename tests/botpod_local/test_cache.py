"""Several processes share one cache and none sees half of what another wrote."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from botpod_local.cache import cache_directory, locked, require_disk, write_atomically
from botpod_local.errors import HostUnfit, LocalError
from botpod_local.execute import Failed, execute

HOLDER = """
import sys
from pathlib import Path
from botpod_local.cache import locked
with locked(Path(sys.argv[1]), timeout_s=10):
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_the_cache_is_where_one_says(tmp_path: Path) -> None:
    assert cache_directory({"BOTPOD_CACHE": str(tmp_path)}) == tmp_path
    assert cache_directory({"BOTPOD_CACHE": ""}) == Path.home() / ".cache" / "botpod"
    assert cache_directory({}) == Path.home() / ".cache" / "botpod"


def test_a_lock_is_waited_for_and_freed_by_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "locks" / "x.lock"
    told: list[str] = []
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with (
            pytest.raises(LocalError, match=r"another process has held .*x\.lock"),
            locked(path, timeout_s=0.2, waiting=lambda: told.append("waiting")),
        ):
            raise AssertionError
        holder.kill()
    with locked(path, timeout_s=5):
        pass

    assert told == ["waiting"]


def test_a_file_is_replaced_whole_and_with_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "made" / "file"
    write_atomically(path, "one", mode=0o600)

    write_atomically(path, "two", mode=0o600)

    assert path.read_text(encoding="utf-8") == "two"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["file"]


def test_too_little_disk_is_told_in_numbers(tmp_path: Path) -> None:
    require_disk(tmp_path / "not" / "there" / "yet", 1, "a test")

    with pytest.raises(
        HostUnfit, match=r"^a test needs 999999999 MiB free in .* and there are \d+: free some"
    ):
        require_disk(tmp_path, 999_999_999, "a test")


def test_a_programs_last_words_are_the_reason() -> None:
    with pytest.raises(Failed, match=r"^`sh -c .*` failed: the reason$") as caught:
        execute("sh", "-c", "echo printed; echo earlier >&2; echo the reason >&2; exit 3", timeout_s=10)
    assert caught.value.output == "earlier\nthe reason\n\nprinted"

    with pytest.raises(Failed, match="ended with status 3 and said nothing"):
        execute("sh", "-c", "exit 3", timeout_s=10)


def test_a_program_that_hangs_or_is_not_there_is_told() -> None:
    with pytest.raises(LocalError, match=r"`sleep 60` did not end within 0 s"):
        execute("sleep", "60", timeout_s=0.05)
    with pytest.raises(HostUnfit, match="lacks no-such-program: install it"):
        execute("no-such-program", timeout_s=1)


def test_a_program_reads_what_it_is_given(tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.write_text("from a file", encoding="utf-8")

    assert execute("cat", stdin="from a string", timeout_s=5) == "from a string"
    assert execute("cat", timeout_s=5) == ""
    with given.open("rb") as source:
        assert execute("cat", source=source, timeout_s=5) == "from a file"
