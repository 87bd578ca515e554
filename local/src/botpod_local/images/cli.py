"""``botpod-local images``: build the images by hand."""

from __future__ import annotations

import click

from botpod_local.images.builder import KINDS, build


@click.group()
def images() -> None:
    """Build the container images, without a container engine."""


@images.command("build")
@click.argument("kinds", nargs=-1, type=click.Choice([str(kind) for kind in KINDS]))
def build_command(kinds: tuple[str, ...]) -> None:
    """Build the images named (default: all) where they changed; print each name and its archive."""
    for archive in build(kinds or KINDS).values():
        click.echo(f"{archive.reference} {archive.path}")
