"""helm and kubeconform, asked for one thing each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botpod_local.binaries import binary, pin_of
from botpod_local.errors import LocalError
from botpod_local.execute import Failed, execute

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

RUN_S = 120
NAMESPACE = "botpod-system"


class ChartWrong(LocalError):
    """A tool found something wrong with the chart; the text is what it said."""


def kubernetes_version() -> str:
    """Return the pinned version of Kubernetes, such as ``1.34.4``."""
    return pin_of("kube-apiserver").kubernetes["version"].removeprefix("v")


@dataclass(frozen=True, kw_only=True)
class Helm:
    """Helm for the chart in the folder ``chart``, with no cluster behind it."""

    chart: Path

    def lint(self, *values: Path) -> None:
        """Lint strictly with the values files given.

        Raises:
            ChartWrong: it isn't right.
        """
        _run([*self._command("lint"), "--strict", "--quiet", str(self.chart), *_files(values)])

    def template(self, *values: Path, arguments: Sequence[str] = (), release: str = "botpod") -> str:
        """Return the rendered objects as YAML documents.

        Raises:
            ChartWrong: the values or the chart aren't right.
        """
        command = [*self._command("template"), release, str(self.chart), "--namespace", NAMESPACE]
        return _run([*command, *_files(values), *arguments])

    def _command(self, name: str) -> list[str]:
        return [str(binary("helm")), name, "--kube-version", kubernetes_version()]


def invalid(folder: Path, *, schemas: Sequence[Path]) -> list[str]:
    """Check the YAML files in ``folder`` against folders of schemas; return a line per invalid object.

    An object whose kind no folder has is invalid.
    """
    places = [f"--schema-location={at}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json" for at in schemas]
    try:
        _run([str(binary("kubeconform")), "-strict", *places, str(folder)])
    except ChartWrong as error:
        return [line.removeprefix(f"{folder}/") for line in str(error).splitlines() if line]
    return []


def _files(values: Sequence[Path]) -> list[str]:
    return [f"--values={path}" for path in values]


def _run(command: list[str]) -> str:
    try:
        return execute(*command, timeout_s=RUN_S)
    except Failed as error:
        raise ChartWrong(error.output) from error
