"""Call something every half minute for as long as a block runs."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EVERY_S = 30.0
END_S = 5.0


@contextmanager
def every_half_minute(tell: Callable[[], None]) -> Iterator[None]:
    """Call ``tell`` from a thread of its own until the block ends."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(EVERY_S):
            tell()

    thread = threading.Thread(target=beat, name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(END_S)
