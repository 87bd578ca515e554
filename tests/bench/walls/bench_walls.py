"""What those get who are inside one wall and try the others, and what the others notice of it.

``make bench-walls`` prints one JSON object a line: name, value, unit, baseline, ratio, n. A baseline here is
the bar where there is nothing to compare with. Names of figures as arguments measure only those.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import crossed
import flood
import hostile_bots
import slow_peers
import streams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from figures import Figure

# What measures which figures, each in a file of its own beside this one.
ROWS: Mapping[tuple[str, ...], Callable[[], Iterable[Figure]]] = {
    ("walls_crossed",): crossed.measure,
    ("flood_others_ratio", "flood_dropped_silently"): flood.measure,
    ("slow_peers_rss_added_mib",): lambda: (slow_peers.measure(),),
    ("hostile_bots_added_s",): lambda: (hostile_bots.measure(),),
    ("stream_rss_added_mib", "stream_loop_held_ms"): streams.measure,
}


def main(names: list[str]) -> None:
    """Measure and print; all where ``names`` is empty."""
    for figures, measure in ROWS.items():
        if names and not set(names) & set(figures):
            continue
        for figure in measure():
            sys.stdout.write(f"{figure.line}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
