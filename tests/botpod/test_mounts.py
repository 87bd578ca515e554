"""Files that the kubelet swaps, as it swaps them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from botpod.mounts import watch

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


class Volume:
    """A projected volume: files are links through ``..data``, which is swapped as a whole."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.number = 0

    def swap(self, **files: str) -> None:
        self.number += 1
        version = self.directory / f"..{self.number}"
        version.mkdir()
        for name, content in files.items():
            (version / name).write_text(content)
        fresh = self.directory / "..data_tmp"
        fresh.symlink_to(version.name)
        fresh.rename(self.directory / "..data")
        for name in files:
            link = self.directory / name
            if not link.is_symlink():
                link.symlink_to(f"..data/{name}")


async def test_each_swap_is_noticed_and_a_failure_ends_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    volume = Volume(tmp_path)
    volume.swap(token="one")
    seen: asyncio.Queue[str] = asyncio.Queue()

    async def changed() -> None:
        content = (tmp_path / "token").read_text() if (tmp_path / "token").exists() else "missing"
        await seen.put(content)
        if content == "bad!":
            raise ValueError(content)

    watching = asyncio.create_task(watch([tmp_path / "token"], changed, every=0.01))
    try:
        async with asyncio.timeout(10):
            assert await seen.get() == "one"
            volume.swap(token="two")
            assert await seen.get() == "two"
            # Of the same length, in the same moment.
            volume.swap(token="owt")
            assert await seen.get() == "owt"
            volume.swap(token="bad!")
            assert await seen.get() == "bad!"
            (tmp_path / "token").unlink()
            assert await seen.get() == "missing"
        assert seen.empty()
        assert "could not be taken up" in caplog.text
    finally:
        watching.cancel()
