"""``botpod-operator run --config FILE``."""

from __future__ import annotations

import argparse
import asyncio
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import kopf
from kopf._cogs.structs.credentials import Vault
from kopf._core.engines.peering import Identity

from botpod_operator.compose import run
from botpod_operator.config import OperatorConfig, load
from botpod_operator.errors import ConfigurationInvalid
from botpod_operator.logs import set_up
from botpod_operator.watch.handlers import registry, settings

if TYPE_CHECKING:
    from botpod_operator.watch.intake import Intake

EXIT_MISCONFIGURED = 2


async def watch(intake: Intake, config: OperatorConfig, watching: asyncio.Event) -> None:
    """Feed the intake from kopf's watches until SIGTERM or SIGINT."""
    connections = Vault()
    await kopf.operator(
        registry=registry(intake),
        settings=settings(),
        standalone=True,
        # Peering is off, but kopf would still look up the user's name, which a pod's uid does not have.
        identity=Identity(socket.gethostname()),
        clusterwide=config.watch.all_namespaces,
        namespaces=config.watch.namespaces,
        ready_flag=watching,
        vault=connections,
    )
    # kopf closes them before its last requests end, and one of those (a discovery) may open them again.
    await connections.close()


def main(arguments: list[str] | None = None) -> int:
    """Run the operator; return the exit code."""
    parser = argparse.ArgumentParser(prog="botpod-operator", description="Runs BotInstances as pods.")
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("run", help="watch and reconcile until told to stop")
    command.add_argument("--config", type=Path, required=True, metavar="FILE")
    options = parser.parse_args(arguments)
    try:
        config = load(options.config)
        set_up(config.logging.level)
        asyncio.run(run(config, watch=watch))
    except ConfigurationInvalid as error:
        for problem in error.problems:
            print(f"botpod-operator: {problem}", file=sys.stderr)
        return EXIT_MISCONFIGURED
    return 0


if __name__ == "__main__":
    sys.exit(main())
