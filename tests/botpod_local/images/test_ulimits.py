"""A build asks for no more files and processes than the machine gives."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botpod_local.images.ulimits import BUILDAHS_OWN, limits_here, ulimit_arguments

UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
LOW = 5000
# An image of a shell and what it is linked with, whose build says how many files it may open.
BUILD = """
import re, shutil, subprocess, sys
from pathlib import Path
from botpod_local.images.recipes import Kind, Recipe
from botpod_local.images.store import Store

home = Path(sys.argv[1])
context = home / "context"
linked = re.findall(r"(/\\S+) \\(0x", subprocess.check_output(["ldd", "/bin/sh"], text=True))
for path in ("/bin/sh", *linked):
    (context / path[1:]).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(path, context / path[1:])
lines = ("FROM scratch", "COPY . /", "RUN echo files: $(ulimit -Hn)")
(context / "Dockerfile").write_text("\\n".join(lines))
recipe = Recipe(kind=Kind.BOT, context=context, dockerfile=context / "Dockerfile")
Store(home=home / "home").build(recipe, reference="localhost/limited:1", log=home / "log")
"""


@given(hard=st.integers(min_value=1, max_value=BUILDAHS_OWN - 1))
def test_a_limit_that_is_lower_than_what_buildah_takes_is_what_it_is_told_to_take(hard: int) -> None:
    assert ulimit_arguments({"nofile": (1, hard)}) == [f"--ulimit=nofile={hard}:{hard}"]


@pytest.mark.parametrize("limit", [UNLIMITED, (1024, BUILDAHS_OWN), (1024, 2 * BUILDAHS_OWN)])
def test_where_what_buildah_takes_is_there_it_is_told_nothing(limit: tuple[int, int]) -> None:
    assert ulimit_arguments({"nofile": limit, "nproc": limit}) == []


def test_the_limit_of_files_is_what_the_kernel_says() -> None:
    said = Path("/proc/self/limits").read_text(encoding="ascii")
    (line,) = (line for line in said.splitlines() if line.startswith("Max open files"))

    assert line.split()[3:5] == [str(one) for one in limits_here()["nofile"]]


def test_a_program_in_a_build_has_the_limit_of_whoever_builds(tmp_path: Path) -> None:
    # In a process of its own: a hard limit that was lowered can't be raised again.
    ran = subprocess.run(
        ["prlimit", f"--nofile={LOW}:{LOW}", sys.executable, "-c", BUILD, tmp_path],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    assert f"files: {LOW}\n" in (tmp_path / "log").read_text(encoding="utf-8")
