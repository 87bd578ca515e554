"""``botpod-local chart``: what ``make check`` and ``make generate`` call for the chart."""

from __future__ import annotations

from pathlib import Path

import click

from botpod_local.cache import write_atomically
from botpod_local.chart.check import findings, schema_text
from botpod_local.dashboards import files as dashboards

ROOT = click.option(
    "--root",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=Path(),
    help="The project's folder.",
)


@click.group()
def chart() -> None:
    """Check the Helm chart and the examples."""


@chart.command()
@ROOT
def check(root: Path) -> None:
    """Lint the chart and validate what it renders, with each of its values files, and the examples."""
    found = list(findings(root))
    for finding in found:
        click.echo(finding, err=True)
    if found:
        raise click.ClickException(f"{len(found)} findings")


@chart.command()
@ROOT
def generate(root: Path) -> None:
    """Let values.schema.json follow the CRD of BotClass, and write the dashboards."""
    write_atomically(root / "charts" / "botpod" / "values.schema.json", schema_text(root))
    for name, text in dashboards.texts().items():
        write_atomically(dashboards.folder(root) / name, text)
