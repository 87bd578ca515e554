"""A folder of files that are swapped all at once, as the kubelet swaps those of a Secret."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from botpod_credentials.keys import DELIVERY_FILE

if TYPE_CHECKING:
    from collections.abc import Mapping

_CURRENT = "..data"
_MODE = 0o440


class Folder:
    """The files of one pod; blocking, in memory."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def delivery(self) -> str | None:
        """The digest of the values that are there; None where there are none."""
        try:
            return (self._path / DELIVERY_FILE).read_text(encoding="utf-8") or None
        except OSError:
            return None

    def read(self, name: str) -> bytes | None:
        """Return what is in a file; None where there is no such file."""
        try:
            return (self._path / name).read_bytes()
        except OSError:
            return None

    def swap(self, files: Mapping[str, bytes]) -> None:
        """Put these files in the place of all there are: whoever reads sees the old ones or the new ones.

        Raises:
            OSError: it can't be written.
        """
        fresh = Path(tempfile.mkdtemp(prefix="..", dir=self._path))
        fresh.chmod(0o750)
        for name, content in files.items():
            (fresh / name).write_bytes(content)
            (fresh / name).chmod(_MODE)
        link = self._path / "..data_tmp"
        link.unlink(missing_ok=True)
        link.symlink_to(fresh.name)
        link.rename(self._path / _CURRENT)
        for name in files:
            shown = self._path / name
            if not shown.is_symlink():
                shown.symlink_to(f"{_CURRENT}/{name}")
        for shown in self._path.iterdir():
            if not shown.name.startswith("..") and shown.name not in files:
                shown.unlink()
        # Those before, and whatever a process that was killed left half done.
        for other in self._path.glob("..*"):
            if other.is_dir() and not other.is_symlink() and other != fresh:
                shutil.rmtree(other)
