"""``botpod-local prepare``: what the Makefile calls before a target begins."""

from __future__ import annotations

import click

from botpod_local.cache import cache_directory
from botpod_local.preflight.prepare import prepare
from botpod_local.progress import default_progress


@click.command("prepare")
@click.argument("targets", nargs=-1, required=True)
def prepare_command(targets: tuple[str, ...]) -> None:
    """Install and build what the Makefile's TARGETS need and this machine lacks; say what can't be."""
    progress = default_progress()
    for target in targets:
        prepare(target, cache=cache_directory(), progress=progress)
