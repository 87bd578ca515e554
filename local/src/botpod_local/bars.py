"""The look of a progress bar whose only measure is the time that its step usually takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.progress import Progress, ProgressColumn, SpinnerColumn, Task, TextColumn
from rich.progress_bar import ProgressBar
from rich.text import Text

from botpod_local.progress import fraction, spoken

if TYPE_CHECKING:
    from rich.console import RenderableType


class _Expected(ProgressColumn):
    """The bar, filled by elapsed against usual time."""

    def render(self, task: Task) -> RenderableType:
        done = fraction(task.elapsed or 0.0, task.fields["usually"])
        return ProgressBar(total=1.0, completed=done, width=30)


class _Times(ProgressColumn):
    """Elapsed and usual time in words."""

    def render(self, task: Task) -> RenderableType:
        return Text(f"{spoken(task.elapsed or 0.0)} of usually {spoken(task.fields['usually'])}", style="dim")


def make_bars(stream: TextIO) -> Progress:
    """Return bars on ``stream``; each task carries the field ``usually``, in seconds."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        _Expected(),
        _Times(),
        console=Console(file=stream),
        transient=True,
    )
