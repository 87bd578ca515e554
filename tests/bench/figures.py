"""From measured values to the lines that a bench prints. Pure."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured value; ``baseline`` is what it is held against, ``n`` how many values it is made of."""

    name: str
    value: float
    unit: str
    baseline: float | None = None
    n: int = 1

    @property
    def line(self) -> str:
        """One JSON object."""
        return json.dumps(
            {
                "name": self.name,
                "value": _rounded(self.value),
                "unit": self.unit,
                "baseline": None if self.baseline is None else _rounded(self.baseline),
                "ratio": _rounded(self.value / self.baseline) if self.baseline else None,
                "n": self.n,
            }
        )


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest of the values that ``share`` of them don't exceed (the nearest-rank method)."""
    if not values:
        raise ValueError("no values to take a percentile of")
    if not 0 < share <= 1:
        raise ValueError("a share is above 0 and at most 1")
    return sorted(values)[math.ceil(share * len(values)) - 1]


def _rounded(value: float) -> float:
    """Keep three decimals; they tell milliseconds from seconds, and more would be noise."""
    return round(value, 3)
