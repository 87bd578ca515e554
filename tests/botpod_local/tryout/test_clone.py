"""`make try` itself, in a copy of the checkout that has nothing but what is in it."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from processes import free_port
from tryouts import PAGE, of

from botpod_local.cache import cache_directory
from botpod_local.checkout import project_root

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.timeout(300)
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", ".*_cache", ".hypothesis", "__pycache__")


@pytest.fixture
def uv() -> Path:
    """The uv that brought this environment."""
    found = shutil.which("uv", path=os.pathsep.join(map(str, cache_directory().glob("uv-*/bin"))))
    found = found or shutil.which("uv")
    assert found
    return Path(found)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return Path(shutil.copytree(project_root(), tmp_path / "checkout", ignore=LEFT_OUT))


@pytest.fixture
def environ(tmp_path: Path, uv: Path) -> Iterator[dict[str, str]]:
    """A home that is empty but for what uv has fetched before: that it can fetch isn't what is tried."""
    home = tmp_path / "home"
    home.mkdir()
    cached = subprocess.run([uv, "cache", "dir"], capture_output=True, text=True, check=True, timeout=20)
    kept = {name: value for name, value in os.environ.items() if "CERT" in name or "_proxy" in name.lower()}
    yield {
        **kept,
        "PATH": f"{uv.parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "UV_CACHE_DIR": cached.stdout.strip(),
        "UV_LINK_MODE": "copy",
    }
    assert of(home) == {}


def names_in(folder: Path) -> set[str]:
    return {one.name for one in folder.iterdir()}


@pytest.mark.req("AC-82")
async def test_uv_brings_what_a_bot_needs_and_it_ends_with_make(
    checkout: Path, environ: dict[str, str]
) -> None:
    before = names_in(checkout)
    process = await asyncio.create_subprocess_exec(
        *("make", "try", f"PAGE_PORT={free_port()}"),
        cwd=checkout,
        env=environ,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    assert process.stdout is not None
    said = ""
    try:
        async with asyncio.timeout(240):
            while not PAGE.search(said):
                line = await process.stdout.readline()
                assert line, said
                said += line.decode()
            # To make alone, which tells nobody of it.
            process.send_signal(signal.SIGINT)
            said += (await process.stdout.read()).decode()
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGTERM)
        await process.wait()
    assert "Ended." in said
    assert names_in(checkout) - before == {".venv"}
    # What developing takes isn't fetched for it.
    assert not list((checkout / ".venv").glob("lib/*/site-packages/pytest"))
