"""The command line: ``botpod run`` and ``check``, each from a file or from variables, and ``migrate``."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from botpod.ambient import forget
from botpod.check import check
from botpod.config.load import read
from botpod.config.source import file_source
from botpod.errors import ConfigurationInvalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from botpod.config.schema import Configuration
    from botpod.config.source import Source


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return the exit code: 0, or 1 when it could not be done."""
    chosen = _parser().parse_args(arguments)
    try:
        match chosen.command:
            case "check":
                return _check(chosen)
            case "migrate":
                return _migrate(chosen)
            case _:
                return _run(chosen)
    except ConfigurationInvalid as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="botpod", description="An AI Discord bot.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, what in (
        ("run", "run the bot until SIGTERM or SIGINT"),
        ("check", "list every mistake of a configuration"),
    ):
        more = "Without --config the settings are environment variables, and those in .env."
        command = commands.add_parser(name, help=what, description=f"{what.capitalize()}. {more}")
        form = command.add_mutually_exclusive_group()
        form.add_argument(
            "--config", type=Path, metavar="FILE", help="the configuration; no variable is read"
        )
        form.add_argument("--env-file", type=Path, metavar="FILE", help="variables; .env when left out")
    what = "write an environment's file as a BotInstance, with what to do for it"
    migrate = commands.add_parser("migrate", help=what, description=what.capitalize() + ".")
    migrate.add_argument("file", type=Path, metavar="FILE", help="the .env")
    migrate.add_argument("--name", help="the BotInstance's name; BOT_NAME or the folder's when left out")
    migrate.add_argument("--mount", default="secret", help="Vault's KV v2 mount; secret when left out")
    migrate.add_argument("--path", help="the entry in Vault; bots/NAME when left out")
    migrate.add_argument(
        "--credentials",
        action="store_true",
        help="write the credentials, as JSON for `vault kv put … -`, and nothing else",
    )
    return parser


def _loaded(chosen: argparse.Namespace, *, make_directory: bool) -> tuple[Configuration, Source]:
    if chosen.config is not None:
        configuration = check(read(chosen.config))
        return configuration, file_source(chosen.config, configuration, check=check)
    # Only the one-host form pays for reading variables.
    from botpod.environment.startup import start  # noqa: PLC0415

    return start(chosen.env_file, make_directory=make_directory)


def _check(chosen: argparse.Namespace) -> int:
    _, source = _loaded(chosen, make_directory=False)
    for warning in source.warnings:
        print(warning, file=sys.stderr)
    print(f"{source.file or 'The environment'} is fine.")
    return 0


def _migrate(chosen: argparse.Namespace) -> int:
    from botpod.migrate.command import migrate  # noqa: PLC0415 - as above

    return migrate(
        chosen.file,
        name=chosen.name,
        mount=chosen.mount,
        path=chosen.path,
        only_credentials=chosen.credentials,
    )


def _run(chosen: argparse.Namespace) -> int:
    configuration, source = _loaded(chosen, make_directory=True)
    # Before anything is imported that looks there.
    forget(os.environ)
    # Importing what the bot needs takes a while; a mistake in the file is told before that.
    # Nearly all of it stays: to look for garbage meanwhile would be a sixth of the work.
    gc.disable()
    from botpod.app import run  # noqa: PLC0415

    return run(configuration, source)
