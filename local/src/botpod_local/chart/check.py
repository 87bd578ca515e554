"""Everything ``make check`` asks of the chart and of the examples, each finding a sentence."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from botpod_local.chart.prometheus_operator import write_schemas
from botpod_local.chart.tools import ChartWrong, Helm, invalid
from botpod_local.chart.values_schema import with_class
from botpod_local.dashboards import files as dashboards
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
    for name, text in dashboards.texts().items():
        path = dashboards.folder(root) / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            yield f"{path.relative_to(root)} isn't what botpod_local/dashboards makes; run `make generate`"
    with tempfile.TemporaryDirectory() as folder:
        ours, objects = Path(folder, "schemas"), Path(folder, "objects")
        write_custom_schemas(root, ours)
        write_schemas(ours)
        shutil.copytree(root / "examples", objects / "examples")
        (objects / "chart with ci").mkdir()
        for values in sorted((chart / "ci").glob("*.yaml")):
            try:
                Helm(chart=chart).lint(values)
                rendered = Helm(chart=chart).template(values)
            except ChartWrong as error:
                yield f"chart with ci/{values.name}: {error}"
            else:
                (objects / "chart with ci" / values.name).write_text(rendered, encoding="utf-8")
        yield from invalid(objects, schemas=(ensure_schemas(), ours))


def schema_text(root: Path) -> str:
    """Return what ``values.schema.json`` shall be."""
    path = root / "charts" / "botpod" / "values.schema.json"
    crd = yaml.safe_load((root / "crds" / CLASS_CRD).read_text(encoding="utf-8"))
    schema: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return json.dumps(with_class(schema, crd), indent=2, ensure_ascii=False) + "\n"


def write_custom_schemas(root: Path, folder: Path) -> None:
    """Write a schema for each of our kinds to ``folder``."""
    folder.mkdir(parents=True)
    for path in sorted((root / "crds").glob("*.yaml")):
        for name, schema in custom_kinds(yaml.safe_load(path.read_text(encoding="utf-8"))):
            (folder / name).write_text(json.dumps(schema), encoding="utf-8")
