"""The commands that make, show and end clusters."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from botpod_local.cache import cache_directory
from botpod_local.cluster.handle import Cluster
from botpod_local.cluster.supervision import INIT
from botpod_local.errors import LocalError
from botpod_local.tryout import down as tryout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from botpod_local.cluster.supervision import Running

DEFAULT_NAME = "demo"

name_option = click.option(
    "--name", default=DEFAULT_NAME, show_default=True, help="Which cluster; several can run side by side."
)


@click.command()
@name_option
@click.option(
    "--egress", is_flag=True, envvar="BOTPOD_EGRESS", help="Let pods reach what this machine reaches."
)
def up(name: str, *, egress: bool) -> None:
    """Start a cluster, or what of it does not run."""
    cluster = Cluster(name)
    cluster.up(egress=egress)
    click.echo(f"cluster {name} runs: export KUBECONFIG={cluster.kubeconfig}")


@click.command()
@name_option
def down(name: str) -> None:
    """End a cluster and remove all of it but the cache; with the demo's also what `try` started."""
    if name == DEFAULT_NAME and tryout.remove(cache_directory()):
        click.echo("`make try` is ended, and what was said there is removed.")
    if not Cluster(name).down():
        click.echo(f"there is no cluster {name}")


@click.command()
@name_option
def status(name: str) -> None:
    """Show what runs; fails if something should and does not."""
    cluster = Cluster(name)
    lines = cluster.status()
    for line in lines:
        shown = f"runs, process {line.pid}" if line.alive else "does not run"
        click.echo(f"{line.name:24} {shown}")
    click.echo(f"{'API server':24} {cluster.node_address}, kubeconfig {cluster.kubeconfig}")
    click.echo(f"{'Vault':24} {cluster.vault_address}")
    click.echo(f"{'this host, for pods':24} {cluster.host_address}")
    complaint = complaint_of(name, lines)
    if complaint:
        raise LocalError(complaint)


def complaint_of(name: str, lines: Sequence[Running]) -> str:
    """Return the sentence that names what does not run, "" where all runs."""
    dead = [line for line in lines if not line.alive]
    if not dead:
        return ""
    # `demo` starts all that `up` does.
    command = "demo" if any(line.command == "demo" for line in dead) else "up"
    remedy = f"`botpod-local {command} --name {name}` starts"
    if INIT in {line.name for line in dead}:
        return f"cluster {name} does not run: {remedy} it again."
    names = " and ".join(line.name for line in dead)
    logs = " and ".join(str(line.log) for line in dead)
    verb, what = ("has", "it") if len(dead) == 1 else ("have", "them")
    return f"{names} of cluster {name} {verb} died: {remedy} {what} again (see {logs})."


@click.command()
@name_option
@click.argument("archives", metavar="IMAGE_TAR...", nargs=-1, required=True, type=click.Path(path_type=Path))
def load(name: str, archives: tuple[Path, ...]) -> None:
    """Import image archives into a cluster."""
    cluster = Cluster(name)
    for archive in archives:
        for image in cluster.load(archive):
            click.echo(image)


@click.command()
@name_option
def kubeconfig(name: str) -> None:
    """Print the path of a cluster's kubeconfig."""
    sys.stdout.write(f"{Cluster(name).kubeconfig}\n")
