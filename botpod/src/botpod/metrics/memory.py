"""How much memory the container may use: what the kernel ends the process for going beyond."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client import Metric

CGROUP = Path("/sys/fs/cgroup")
_FILES = ("memory.max", "memory/memory.limit_in_bytes")
"""The limit by cgroup v2 and v1."""
_UNLIMITED = 1 << 60
"""v1 writes "no limit" as a number of this order; v2 says "max"."""


class MemoryLimit(Collector):
    """The limit in bytes, read at the scrape: it can be changed in place. No sample where there is none."""

    def __init__(self, cgroup: Path = CGROUP) -> None:
        self._cgroup = cgroup

    def collect(self) -> Iterator[Metric]:
        """Yield the family."""
        family = GaugeMetricFamily(
            "botpod_memory_limit_bytes", "What the container may use at most; absent where there is no limit"
        )
        limit = memory_limit(self._cgroup)
        if limit is not None:
            family.add_metric((), limit)
        yield family


def memory_limit(cgroup: Path) -> int | None:
    """Return the limit in bytes that ``cgroup`` tells of; None where there is none or no such file."""
    for name in _FILES:
        try:
            limit = int((cgroup / name).read_text(encoding="ascii"))
        except (OSError, ValueError):
            continue
        return limit if limit < _UNLIMITED else None
    return None
