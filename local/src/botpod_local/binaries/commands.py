"""``botpod-local packages``: install what a machine lacks before it is needed."""

from __future__ import annotations

import click

from botpod_local.binaries.debian import CLUSTER, IMAGES, TESTS, ensure_packages
from botpod_local.progress import default_progress

GROUPS = {"cluster": CLUSTER, "images": IMAGES, "tests": TESTS}


@click.command()
@click.argument("groups", nargs=-1, type=click.Choice(tuple(GROUPS)))
def packages(groups: tuple[str, ...]) -> None:
    """Install the Debian packages that GROUPS (default: all) need and this machine lacks."""
    wanted = tuple(package for group in groups or tuple(GROUPS) for package in GROUPS[group])
    ensure_packages(wanted, default_progress())
