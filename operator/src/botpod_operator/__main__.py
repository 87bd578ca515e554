"""``botpod-operator run --config FILE``."""

from __future__ import annotations

import argparse
import asyncio
import functools
import gc
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import kopf
import uvloop
from kopf._cogs.structs.credentials import Vault
from kopf._core.engines.peering import Identity

from botpod_operator.compose import run
from botpod_operator.config import OperatorConfig, load
from botpod_operator.errors import ConfigurationInvalid, LeadershipLost
from botpod_operator.garbage import SetAside
from botpod_operator.logs import set_up
from botpod_operator.stop import EXIT_LEADERSHIP_LOST, Stop
from botpod_operator.watch.handlers import registry, settings

if TYPE_CHECKING:
    from botpod_operator.watch.intake import Intake

EXIT_MISCONFIGURED = 2


async def watch(
    intake: Intake, config: OperatorConfig, watching: asyncio.Event, ending: asyncio.Event, *, stop: Stop
) -> None:
    """Feed the intake from kopf's watches until the end comes."""
    connections = Vault()
    older = asyncio.all_tasks()
    tasks = await kopf.spawn_tasks(
        registry=registry(intake),
        settings=settings(),
        standalone=True,
        # Peering is off, but kopf would still look up the user's name, which a pod's uid does not have.
        identity=Identity(socket.gethostname()),
        clusterwide=config.watch.all_namespaces,
        namespaces=config.watch.namespaces,
        stop_flag=ending,
        ready_flag=watching,
        vault=connections,
    )
    # kopf takes the signals, too, but the Lease has to be released before the watches end.
    stop.catch()
    await kopf.run_tasks(tasks, ignored=older)
    # kopf closes them before its last requests end, and one of those (a discovery) may open them again.
    await connections.close()


async def operate(config: OperatorConfig) -> None:
    """Run the operator until a signal."""
    gc.callbacks.append(SetAside(clock=time.monotonic))
    stop = Stop()
    stop.catch()
    await run(config, watch=functools.partial(watch, stop=stop), stop=stop)


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
        uvloop.run(operate(config))
    except ConfigurationInvalid as error:
        for problem in error.problems:
            print(f"botpod-operator: {problem}", file=sys.stderr)
        return EXIT_MISCONFIGURED
    except LeadershipLost:
        return EXIT_LEADERSHIP_LOST
    return 0


if __name__ == "__main__":
    sys.exit(main())
