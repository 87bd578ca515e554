"""``botpod-local`` and ``python -m botpod_local``."""

from __future__ import annotations

import sys

from botpod_local.cli import cli
from botpod_local.errors import LocalError

INTERRUPTED = 130


def main() -> None:
    """Run the command line; what goes wrong is one sentence on standard error and a status above 0."""
    try:
        cli(prog_name="botpod-local")
    except LocalError as error:
        print(f"botpod-local: {error}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
