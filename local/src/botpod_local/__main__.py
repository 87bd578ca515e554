"""``botpod-local`` and ``python -m botpod_local``."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

import click

from botpod_local.cli import cli
from botpod_local.errors import LocalError

if TYPE_CHECKING:
    from types import FrameType

INTERRUPTED = 130


def main() -> None:
    """Run the command line; what goes wrong is one sentence on standard error and a status above 0."""
    # A closed terminal or a supervisor that ends us is cleaned up after like an interrupt.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupted)
    try:
        status = cli.main(prog_name="botpod-local", standalone_mode=False)
    except LocalError as error:
        print(f"botpod-local: {error}", file=sys.stderr)
        sys.exit(1)
    except OSError as error:
        print(f"botpod-local: {error.filename or 'this machine'}: {error.strerror or error}", file=sys.stderr)
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        print("botpod-local: interrupted; run the same command again to go on.", file=sys.stderr)
        sys.exit(INTERRUPTED)
    sys.exit(status if isinstance(status, int) else 0)


def _interrupted(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
