"""The command line. A command is imported only when it is asked for: ``status`` should not pay for ``up``."""

from __future__ import annotations

from importlib import import_module

import click

# Each command and where it is: "module:attribute".
COMMANDS = {
    "try": "botpod_local.tryout.command:try_",
    "demo": "botpod_local.demo.command:demo",
    "up": "botpod_local.cluster.commands:up",
    "down": "botpod_local.cluster.commands:down",
    "status": "botpod_local.cluster.commands:status",
    "load": "botpod_local.cluster.commands:load",
    "kubeconfig": "botpod_local.cluster.commands:kubeconfig",
    "images": "botpod_local.images.cli:images",
    "chart": "botpod_local.chart.cli:chart",
    "prepare": "botpod_local.preflight.cli:prepare_command",
    "packages": "botpod_local.binaries.commands:packages",
}


class LazyGroup(click.Group):
    """A group whose commands stand in a table of import paths."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 # click's signature
        """Return the commands in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 # click's signature
        """Import and return a command."""
        path = COMMANDS.get(cmd_name)
        if path is None:
            return None
        module, _, attribute = path.partition(":")
        command = getattr(import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{path} is no command")
        return command


@click.group(cls=LazyGroup)
def cli() -> None:
    """Run Botpod on this one machine: a real Kubernetes cluster and stand-ins for the services around it."""
