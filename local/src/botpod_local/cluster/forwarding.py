"""Whether this machine forwards packets: one setting that all clusters with a way out share.

Each such cluster holds it with a file in the cache. The first one notes what it found, the last one puts that
back. A cluster whose directory is gone, or that is older than the machine's start, holds nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from botpod_local.cache import locked, write_atomically
from botpod_local.cluster.layout import clusters_directory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

SETTING = Path("/proc/sys/net/ipv4/ip_forward")
BOOT = Path("/proc/sys/kernel/random/boot_id")
LOCK_TIMEOUT_S = 60
_BEFORE = "before.json"
_HELD = ".held"


def _boot_id() -> str:
    return BOOT.read_text(encoding="ascii").strip()


@dataclass(frozen=True, kw_only=True)
class Forwarding:
    """The setting (``0`` or ``1`` in ``setting``), shared by the clusters of one cache."""

    cache: Path
    setting: Path = SETTING
    boot_id: Callable[[], str] = field(default=_boot_id)

    def hold(self, name: str) -> None:
        """Let the machine forward until ``name`` releases it. Holding twice is holding once."""
        with self._lock():
            # Left by clusters that vanished: what they found counts, not what they set.
            if self._found() is None:
                now = self.setting.read_text(encoding="ascii").strip()
                write_atomically(self._before, json.dumps({"boot": self.boot_id(), "value": now}))
            (self._home / f"{name}{_HELD}").write_text(self.boot_id(), encoding="ascii")
            self._set("1")

    def release(self, name: str) -> None:
        """Need it no more; the last one puts back what the first one found. Releasing twice is no error."""
        with self._lock():
            (self._home / f"{name}{_HELD}").unlink(missing_ok=True)
            found = self._found()
            if found is not None and not any(self._holders()):
                self._set(found)
                self._before.unlink()

    def _found(self) -> str | None:
        """Return what the first one found since the machine began, None where nobody has held it."""
        try:
            found = json.loads(self._before.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return str(found["value"]) if found["boot"] == self.boot_id() else None

    def _holders(self) -> Iterator[str]:
        """Yield those that hold it, after forgetting those that are gone."""
        for path in self._home.glob(f"*{_HELD}"):
            name = path.name.removesuffix(_HELD)
            alive = path.read_text(encoding="ascii") == self.boot_id()
            if alive and (clusters_directory(self.cache) / name).exists():
                yield name
            else:
                path.unlink(missing_ok=True)

    def _set(self, value: str) -> None:
        # Writing what is there already would reset other settings of the network.
        if self.setting.read_text(encoding="ascii").strip() != value:
            self.setting.write_text(value, encoding="ascii")

    def _lock(self) -> AbstractContextManager[None]:
        return locked(self.cache / "locks" / "forwarding.lock", timeout_s=LOCK_TIMEOUT_S)

    @property
    def _home(self) -> Path:
        return self.cache / "forwarding.d"

    @property
    def _before(self) -> Path:
        return self._home / _BEFORE
