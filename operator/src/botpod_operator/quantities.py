"""Quantities as the API server writes them, so that what is applied equals what is stored. Pure."""

from __future__ import annotations

import re
from fractions import Fraction

_BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4}
_DECIMAL = {"m": -1, "": 0, "k": 1, "M": 2, "G": 3, "T": 4}


def canonical(quantity: int | str) -> str:
    """Return the quantity with the largest suffix that keeps it whole: ``1024Mi`` is ``1Gi``."""
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)([A-Za-z]*)", str(quantity))
    if found is None:
        return str(quantity)  # the API server's to judge
    number, suffix = Fraction(found[1]), found[2]
    if suffix in _BINARY:
        return _written(number * 1024 ** _BINARY[suffix], base=1024, suffixes=_BINARY)
    return _written(number * Fraction(1000) ** _DECIMAL[suffix], base=1000, suffixes=_DECIMAL)


def _written(value: Fraction, *, base: int, suffixes: dict[str, int]) -> str:
    if value == 0:
        return "0"
    for suffix, power in sorted(suffixes.items(), key=lambda entry: -entry[1]):
        scaled = value / Fraction(base) ** power
        if scaled.denominator == 1:
            return f"{scaled}{suffix}"
    # Rounded up to the smallest unit, as the API server does.
    return str(-(-value // 1)) if suffixes is _BINARY else f"{-(-value * 1000 // 1)}m"
