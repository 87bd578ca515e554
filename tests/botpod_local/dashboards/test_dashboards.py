"""What a dashboard must have to be of use; its queries are run in tests/monitoring."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest
from grafana_foundation_sdk.models.dashboard import Dashboard

from botpod_local.dashboards.files import folder, texts

ROOT = Path(__file__).parents[3]
DASHBOARDS = {name: json.loads(text) for name, text in texts().items()}

type Panel = dict[str, Any]


def panels(dashboard: dict[str, Any]) -> list[Panel]:
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


@pytest.fixture(params=DASHBOARDS)
def dashboard(request: pytest.FixtureRequest) -> dict[str, Any]:
    return DASHBOARDS[request.param]


def test_the_chart_carries_what_the_code_makes() -> None:
    assert {path.name: path.read_text() for path in folder(ROOT).iterdir()} == texts()


@pytest.mark.req("AC-47")
def test_it_is_what_grafana_takes(dashboard: dict[str, Any]) -> None:
    again = Dashboard.from_json(dashboard)
    assert again.title == dashboard["title"]
    assert len(again.panels or ()) == len(dashboard["panels"])


def test_it_first_answers_whether_anything_is_wrong(dashboard: dict[str, Any]) -> None:
    first, *others = dashboard["panels"]
    assert (first["type"], first["title"]) == ("row", "Is anything wrong?")
    kinds = [panel["type"] for panel in itertools.takewhile(lambda panel: panel["type"] != "row", others)]
    assert kinds == ["stat"] * (len(kinds) - 1) + ["table"]


def test_every_panel_says_what_it_shows_and_where_it_is_read(dashboard: dict[str, Any]) -> None:
    for panel in panels(dashboard):
        assert panel["description"].endswith("."), panel["title"]
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}, panel["title"]
        assert panel["targets"], panel["title"]
        if panel["type"] != "table":
            assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]


def test_no_panel_covers_another_and_each_row_is_full(dashboard: dict[str, Any]) -> None:
    taken: dict[tuple[int, int], str] = {}
    for panel in dashboard["panels"]:
        at = panel["gridPos"]
        for cell in itertools.product(range(at["x"], at["x"] + at["w"]), range(at["y"], at["y"] + at["h"])):
            assert cell not in taken, (panel["title"], taken[cell])
            taken[cell] = panel["title"]
    width, height = 24, max(y for _, y in taken) + 1
    assert len(taken) == width * height


def test_what_has_an_alert_leads_to_its_runbook() -> None:
    linked = {
        link["url"]
        for dashboard in DASHBOARDS.values()
        for panel in panels(dashboard)
        for link in panel.get("links") or ()
    }
    runbooks = {f"docs/runbooks/{path.name}" for path in (ROOT / "docs" / "runbooks").glob("Botpod*.md")}
    assert linked == runbooks


def test_a_query_uses_only_variables_there_are(dashboard: dict[str, Any]) -> None:
    known = {variable["name"] for variable in dashboard["templating"]["list"]} | {"__rate_interval"}
    used = set(re.findall(r"\$\{?(\w+)", json.dumps(dashboard["panels"])))
    assert used <= known
