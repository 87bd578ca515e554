"""The command line: ``botpod run`` and ``botpod check``, both with ``--config FILE``."""

from __future__ import annotations

import argparse
import gc
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from botpod.check import check
from botpod.config.load import read
from botpod.errors import ConfigurationInvalid

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return the exit code: 0, or 1 when it could not be done."""
    parser = argparse.ArgumentParser(prog="botpod", description="An AI Discord bot.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, what in (
        ("run", "run the bot until SIGTERM or SIGINT"),
        ("check", "list every mistake of a configuration"),
    ):
        command = commands.add_parser(name, help=what, description=what.capitalize() + ".")
        command.add_argument("--config", required=True, type=Path, metavar="FILE", help="the configuration")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.command == "check":
            return _check(chosen.config)
        return _run(chosen.config)
    except ConfigurationInvalid as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        return 1


def _check(file: Path) -> int:
    check(read(file))
    print(f"{file} is fine.")
    return 0


def _run(file: Path) -> int:
    configuration = check(read(file))
    # Importing what the bot needs takes a while; a mistake in the file is told before that.
    # Nearly all of it stays: to look for garbage meanwhile would be a sixth of the work.
    gc.disable()
    from botpod.app import run  # noqa: PLC0415

    return run(configuration, file=file)
