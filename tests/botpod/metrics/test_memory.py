"""What the process may use at most, as the kernel tells it by either version of cgroups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from prometheus_client import CollectorRegistry

from botpod.metrics.memory import MemoryLimit

if TYPE_CHECKING:
    from pathlib import Path

UNLIMITED_V1 = str((1 << 63) - 4096)


@pytest.mark.parametrize(
    ("file", "text", "limit"),
    [
        ("memory.max", "536870912\n", 536870912),
        ("memory.max", "max\n", None),
        ("memory/memory.limit_in_bytes", "268435456\n", 268435456),
        ("memory/memory.limit_in_bytes", f"{UNLIMITED_V1}\n", None),
        ("other", "1\n", None),
    ],
)
def test_the_limit_is_told_where_there_is_one(
    tmp_path: Path, file: str, text: str, limit: int | None
) -> None:
    registry = CollectorRegistry()
    registry.register(MemoryLimit(tmp_path))
    assert registry.get_sample_value("botpod_memory_limit_bytes") is None
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(text)
    assert registry.get_sample_value("botpod_memory_limit_bytes") == limit
