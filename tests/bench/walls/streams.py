"""``stream_rss_added_mib``, ``stream_loop_held_ms``: what a hostile model's server costs a bot that asks it.

Each attack has a victim, a process of its own; the worst counts. The loop is held for what the processor
worked without a pause.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import TYPE_CHECKING

from figures import Figure
from hostile_model import ATTACKS, attacked

from botpod.models.continuation import Joint

if TYPE_CHECKING:
    from collections.abc import Iterator

RSS_BAR_MIB, HELD_BAR_MS = 16, 50
REPETITIONS = {"spaced": "a " * 3000, "words": "word " * 1200, "one word": "a" * 6000}


def measure() -> Iterator[Figure]:
    """Yield both figures; each attack's own are told on standard error."""
    added: list[float] = []
    held: list[float] = []
    for name, attack in ATTACKS.items():
        felt = asyncio.run(attacked(attack))
        added.append(felt.rss_added_mib)
        held.append(felt.held_ms)
        _tell(name, f"{felt.rss_added_mib:.1f} MiB, {felt.held_ms:.1f} ms: {felt.problem}")
    for name, said in REPETITIONS.items():
        held.append(repetition_ms(said))
        _tell(f"a continuation that repeats, {name}", f"{held[-1]:.1f} ms a piece")
    yield Figure(
        name="stream_rss_added_mib", value=max(added), unit="MiB", baseline=RSS_BAR_MIB, n=len(added)
    )
    yield Figure(name="stream_loop_held_ms", value=max(held), unit="ms", baseline=HELD_BAR_MS, n=len(held))


def repetition_ms(said: str) -> float:
    """Return for how long the worst piece of a continuation holds the loop that repeats all of ``said``."""
    worst = 0.0
    for size in (1, 64, 6000):
        joint = Joint(said)
        for start in range(0, len(said), size):
            began = time.thread_time()
            joint.feed(said[start : start + size])
            worst = max(worst, time.thread_time() - began)
        began = time.thread_time()
        joint.feed("!")
        joint.finish()
        worst = max(worst, time.thread_time() - began)
    return worst * 1000


def _tell(name: str, what: str) -> None:
    sys.stderr.write(f"{name}: {what}\n")
