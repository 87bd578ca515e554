"""``hostile_bots_added_s``: a healthy bot's first start beside ten hostile ones, over the same without.

The hostile ones' pods answer a trial with a byte now and then, and never with all of it; ten more bots are of
a class whose Vault does the same. The clock runs from two BotInstances, one of each delivery, until one has
its credentials tried by its pod and the other its Deployment. Nothing of it needs a kubelet.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from figures import Figure
from hostile import scene

BAR = 5.0
STARTS = 3


def measure() -> Figure:
    """Return the seconds that they add."""
    with tempfile.TemporaryDirectory(prefix="botpod-hostile-") as name, scene(Path(name)) as stage:
        stage.start()  # the first of all waits for much that the others find done
        without = [stage.start() for _ in range(STARTS)]
        stage.turn_hostile()
        beside = [stage.start() for _ in range(STARTS)]
    added = max(0.0, statistics.mean(beside) - statistics.mean(without))
    return Figure(name="hostile_bots_added_s", value=added, unit="s", baseline=BAR, n=STARTS)
