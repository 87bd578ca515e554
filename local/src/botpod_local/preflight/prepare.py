"""Bring all that a target needs before it begins, or say all at once why that can't be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_local.binaries.build import ensure_built
from botpod_local.binaries.debian import ensure_packages
from botpod_local.binaries.go import ensure_go
from botpod_local.errors import HostUnfit
from botpod_local.images import build as build_images
from botpod_local.preflight.findings import complaint, findings
from botpod_local.preflight.survey import steps, survey
from botpod_local.preflight.table import needs_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from botpod_local.estimate import Step
    from botpod_local.progress import Progress


def prepare(target: str, *, cache: Path, progress: Progress, then: Iterable[Step] = ()) -> None:
    """Install and build what ``target`` needs and this machine lacks; packages first, before any build.

    ``then`` are the steps that the target takes by itself afterwards, for the estimate.

    Raises:
        HostUnfit: something is missing that can't be brought; nothing was begun.
    """
    needs = needs_of(target)
    machine = survey(needs, cache=cache)
    found = findings(needs, machine)
    if found:
        raise HostUnfit(complaint(needs, found))
    progress.expect((*steps(needs, machine), *then))
    ensure_packages(needs.packages, progress)
    if machine.goless:
        ensure_go(cache, progress)
    ensure_built(needs.pins, cache, progress)
    if needs.images:
        build_images(cache=cache, progress=progress)
