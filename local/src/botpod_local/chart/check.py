"""Everything ``make check`` asks of the chart and of the examples, each finding a sentence."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from botpod_local.chart.tools import ChartWrong, Helm, conform
from botpod_local.chart.values_schema import with_class
from botpod_local.schemas import ensure_schemas
from botpod_local.schemas.convert import custom_kinds

if TYPE_CHECKING:
    from collections.abc import Iterator

CLASS_CRD = "botclasses.botpod.dev.yaml"


def findings(root: Path) -> Iterator[str]:
    """Yield what is wrong with the chart and the examples of the project in ``root``."""
    chart = root / "charts" / "botpod"
    if schema_text(root) != (chart / "values.schema.json").read_text(encoding="utf-8"):
        yield "charts/botpod/values.schema.json doesn't follow the CRD; run `make generate`"
    kubernetes = ensure_schemas()
    with tempfile.TemporaryDirectory() as folder:
        ours = write_custom_schemas(root, Path(folder))
        for values in sorted((chart / "ci").glob("*.yaml")):
            yield from _of_values(chart, values, (kubernetes, ours))
        for example in sorted((root / "examples").glob("*.yaml")):
            try:
                conform(example.read_text(encoding="utf-8"), schemas=(kubernetes, ours))
            except ChartWrong as error:
                yield f"examples/{example.name}: {error}"


def schema_text(root: Path) -> str:
    """Return what ``values.schema.json`` shall be."""
    path = root / "charts" / "botpod" / "values.schema.json"
    crd = yaml.safe_load((root / "crds" / CLASS_CRD).read_text(encoding="utf-8"))
    schema: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return json.dumps(with_class(schema, crd), indent=2, ensure_ascii=False) + "\n"


def write_custom_schemas(root: Path, folder: Path) -> Path:
    """Write a schema for each of our kinds to ``folder`` and return it."""
    for path in sorted((root / "crds").glob("*.yaml")):
        for name, schema in custom_kinds(yaml.safe_load(path.read_text(encoding="utf-8"))):
            (folder / name).write_text(json.dumps(schema), encoding="utf-8")
    return folder


def _of_values(chart: Path, values: Path, schemas: tuple[Path, ...]) -> Iterator[str]:
    helm = Helm(chart=chart)
    try:
        helm.lint(values)
        conform(helm.template(values), schemas=schemas)
    except ChartWrong as error:
        yield f"charts/botpod with ci/{values.name}: {error}"
