from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml
from helmchart import CHART, ROOT, render

from botpod_local.chart.check import schema_text
from botpod_local.chart.tools import ChartWrong

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

VALUES = yaml.safe_load((CHART / "values.yaml").read_text())


def leaves(values: dict[str, Any], path: str = "") -> Iterator[str]:
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, f"{path}{key}.")
        else:
            yield f"{path}{key}"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"redis": {"enabeld": True}}, "at '/redis': additional properties 'enabeld' not allowed"),
        ({"crd": {}}, "additional properties 'crd' not allowed"),
        (
            {"operator": {"logging": {"level": "LOUD"}}},
            "at '/operator/logging/level': value must be one of 'DEBUG'",
        ),
        ({"watch": {"namespaces": ["Bots"]}}, "at '/watch/namespaces/0': 'Bots' does not match pattern"),
        ({"defaultClass": {"valut": {}}}, "at '/defaultClass': additional properties 'valut' not allowed"),
        (
            {"defaultClass": {"vault": {"address": "vault:8200"}}},
            "at '/defaultClass/vault/address': 'vault:8200'",
        ),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ChartWrong) as refused:
        render(wrong)
    assert sentence in str(refused.value)


@pytest.mark.parametrize("left_out", ["operator", "defaultClass"])
def test_an_image_left_out_is_asked_for(left_out: str) -> None:
    with pytest.raises(ChartWrong, match=rf"{left_out}\.image: name the (operator|bot)'s image"):
        render({left_out: {"image": ""}})


def test_the_schema_of_the_default_class_is_the_crds() -> None:
    assert schema_text(ROOT) == (CHART / "values.schema.json").read_text()


def test_the_readme_says_what_every_value_is_for() -> None:
    cells = {cell.strip() for cell in (CHART / "README.md").read_text().split("|")}

    def described(path: str) -> bool:
        parts = path.split(".")
        prefixes = [".".join(parts[:length]) for length in range(2, len(parts) + 1)] or [path]
        return any(f"`{prefix}`" in cells for prefix in prefixes)

    assert [path for path in leaves(VALUES) if not described(path)] == []
