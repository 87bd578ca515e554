"""The look of a progress bar whose only measure is time."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.progress import Progress, ProgressColumn, SpinnerColumn, Task, TextColumn
from rich.progress_bar import ProgressBar
from rich.text import Text

if TYPE_CHECKING:
    from rich.console import RenderableType


class _Done(ProgressColumn):
    """The bar, filled by what ``done`` of its task returns."""

    def render(self, task: Task) -> RenderableType:
        return ProgressBar(total=1.0, completed=task.fields["done"](), width=30)


class _Times(ProgressColumn):
    """What ``times`` of its task returns."""

    def render(self, task: Task) -> RenderableType:
        return Text(task.fields["times"](), style="dim")


def make_bars(stream: TextIO) -> Progress:
    """Return bars on ``stream``; a task carries ``done`` (to a fraction) and ``times`` (to words) to call."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        _Done(),
        _Times(),
        console=Console(file=stream),
        transient=True,
    )
