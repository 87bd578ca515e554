"""``botpod-local packages``: install what a machine lacks before it is needed."""

from __future__ import annotations

import click

from botpod_local.binaries.debian import ensure_packages, package_groups
from botpod_local.progress import default_progress


@click.command()
@click.argument("groups", nargs=-1)
def packages(groups: tuple[str, ...]) -> None:
    """Install the Debian packages that GROUPS (default: all) need and this machine lacks."""
    known = package_groups()
    if unknown := set(groups) - set(known):
        raise click.UsageError(f"there is no group {min(unknown)}; there are {', '.join(known)}.")
    wanted = tuple(package for group in groups or tuple(known) for package in known[group])
    ensure_packages(wanted, default_progress())
