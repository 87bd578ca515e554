from __future__ import annotations

import yaml
from helmchart import ROOT, render


def test_the_crds_come_along_and_outlive_the_release() -> None:
    rendered = {crd["metadata"]["name"]: crd for crd in render().of("CustomResourceDefinition")}
    generated = {crd["metadata"]["name"]: crd for crd in map(yaml.safe_load, _texts())}
    assert rendered.keys() == generated.keys()
    for name, crd in rendered.items():
        assert crd["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
        assert crd["spec"] == generated[name]["spec"]


def test_the_crds_can_be_left_to_somebody_else() -> None:
    assert render({"crds": {"enabled": False}}).of("CustomResourceDefinition") == []


def _texts() -> list[str]:
    return [path.read_text() for path in sorted((ROOT / "crds").glob("*.yaml"))]
