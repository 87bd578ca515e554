"""``python -m botpod`` and the command ``botpod``."""

from __future__ import annotations

import sys

from botpod.cli import main

if __name__ == "__main__":
    sys.exit(main())
