"""Python's garbage collector, kept from going through all that is known of a fleet again and again.

With 1,000 bots a full collection stops everything for 0.2 s and finds next to nothing: what is known of bots
is freed when it is replaced, without the collector's help.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

OLDEST = 2
"""The generation whose collection is a full one."""
WHOLE_SECONDS = 3600.0
"""How often everything is gone through after all, for what was in use when it was set aside and isn't now."""


class SetAside:
    """After each full collection, sets what survived it aside: the next one goes through what came since."""

    def __init__(self, *, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._whole_at = clock()

    def __call__(self, phase: str, info: Mapping[str, int]) -> None:
        """Hear of a collection's ``start`` and ``stop``, as the entries of ``gc.callbacks`` do."""
        if phase != "stop" or info["generation"] != OLDEST:
            return
        now = self._clock()
        if now - self._whole_at < WHOLE_SECONDS:
            gc.freeze()
        else:
            self._whole_at = now
            gc.unfreeze()
