"""What ``make check`` finds in the chart and the examples."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from helmchart import ROOT

from botpod_local.chart.check import findings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("charts", "crds", "examples"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for values in (tmp_path / "charts" / "botpod" / "ci").glob("*.yaml"):
        if values.name != "most.yaml":
            values.unlink()
    return tmp_path


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_the_tree_is_right() -> None:
    assert list(findings(ROOT)) == []


def test_a_misspelt_field_of_kubernetes_is_found(tree: Path) -> None:
    template = tree / "charts" / "botpod" / "templates" / "redis" / "statefulset.yaml"
    edit(template, "automountServiceAccountToken", "automountServiceAcountToken")
    (finding,) = findings(tree)
    assert "ci/most.yaml" in finding
    assert "'automountServiceAcountToken' not allowed" in finding


def test_a_template_that_fails_is_found(tree: Path) -> None:
    edit(
        tree / "charts" / "botpod" / "templates" / "operator" / "service.yaml",
        "ClusterIP",
        "{{ .Nothing.at }}",
    )
    (finding,) = findings(tree)
    assert "operator/service.yaml" in finding


def test_an_example_that_misspells_a_field_is_found(tree: Path) -> None:
    edit(tree / "examples" / "hello.yaml", "credentials:", "credential:")
    (finding,) = findings(tree)
    assert finding.startswith("examples/hello.yaml")
    assert "credential" in finding


def test_a_crd_that_went_ahead_of_the_values_schema_is_found(tree: Path) -> None:
    edit(tree / "crds" / "botclasses.botpod.dev.yaml", "maxLength: 65536", "maxLength: 65000")
    (finding,) = findings(tree)
    assert "run `make generate`" in finding
