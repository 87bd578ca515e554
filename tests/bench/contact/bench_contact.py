"""What whoever meets the project first has to wait for, and what they then lack.

``make bench-contact`` prints one JSON object a line: name, value, unit, baseline, ratio, n. A baseline here
is the bar; a ratio above 1 misses it. Names of figures as arguments measure only those.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import bare
import try_ready

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from figures import Figure

# A figure's name and what measures it, each in a file of its own beside this one.
ROWS: Mapping[str, Callable[[], Figure]] = {
    "try_ready_s": try_ready.measure,
    "bare_missing": bare.measure,
}


def main(names: list[str]) -> None:
    """Measure and print; all where ``names`` is empty."""
    for name in names or ROWS:
        sys.stdout.write(f"{ROWS[name]().line}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
