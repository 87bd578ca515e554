"""``botpod-local images``: build the images by hand."""

from __future__ import annotations

import click

from botpod_local.images.builder import KINDS, build
from botpod_local.images.errors import ImageBuildFailed


@click.group()
def images() -> None:
    """Build the container images, without a container engine."""


@images.command("build")
@click.argument("kinds", nargs=-1, type=click.Choice([str(kind) for kind in KINDS]))
@click.option("--verbose", "-v", is_flag=True, help="Show what is going on.")
def build_command(kinds: tuple[str, ...], *, verbose: bool) -> None:
    """Build the images named (default: all) where they changed; print each name and its archive."""

    def report(text: str) -> None:
        if verbose:
            click.echo(text, err=True)

    try:
        archives = build(kinds or KINDS, report=report)
    except ImageBuildFailed as error:
        raise click.ClickException(str(error)) from error
    for archive in archives.values():
        click.echo(f"{archive.reference} {archive.path}")
