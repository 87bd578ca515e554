"""Lets the tests of the soak's pure parts import them."""

from __future__ import annotations

import sys
from pathlib import Path

_HERE = Path(__file__).parent
# At the end, so that no module of the soak stands before one of the tests'.
sys.path += [str(_HERE), *(str(_HERE.parent / folder) for folder in ("bench", "bench/operator"))]
