"""What the chart brings for Prometheus and Grafana, and when."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import yaml
from helmchart import CHART, LEAST, NAMESPACE, Objects, render

from botpod_local.chart.tools import Helm
from botpod_operator.identity import Identity

if TYPE_CHECKING:
    from typing import Any

API = "monitoring.coreos.com/v1"
ALWAYS = {part: {"create": "Always"} for part in ("podMonitors", "rules", "dashboards")}
KINDS = ("PodMonitor", "PrometheusRule")


def monitored(**more: Any) -> Objects:
    return render({"monitoring": ALWAYS, **more})


def monitor(objects: Objects, name: str) -> dict[str, Any]:
    (found,) = [one for one in objects.of("PodMonitor") if one["metadata"]["name"] == name]
    spec: dict[str, Any] = found["spec"]
    return spec


def test_it_comes_where_the_cluster_has_the_prometheus_operator() -> None:
    arguments = [f"--set-json={key}={json.dumps(value)}" for key, value in LEAST.items()]
    without = Helm(chart=CHART).template(arguments=arguments)
    assert API not in without
    assert "grafana_dashboard" not in without
    served = yaml.safe_load_all(Helm(chart=CHART).template(arguments=[*arguments, f"--api-versions={API}"]))
    kinds = [thing["kind"] for thing in served if thing]
    assert [kinds.count(kind) for kind in KINDS] == [2, 1]


@pytest.mark.parametrize("part", sorted(ALWAYS))
def test_each_part_can_be_left_out(part: str) -> None:
    objects = render({"monitoring": {**ALWAYS, part: {"create": "Never"}}})
    found = {
        "podMonitors": objects.of("PodMonitor"),
        "rules": objects.of("PrometheusRule"),
        "dashboards": objects.of("ConfigMap", component="monitoring"),
    }
    assert [name for name, things in found.items() if not things] == [part]


def test_the_operators_figures_keep_the_bots_namespace() -> None:
    objects = monitored()
    spec = monitor(objects, "botpod-operator")
    pods = objects.one("Deployment")["spec"]["template"]
    assert spec["selector"]["matchLabels"].items() <= pods["metadata"]["labels"].items()
    (endpoint,) = spec["podMetricsEndpoints"]
    assert endpoint["honorLabels"]
    assert endpoint["port"] in {port["name"] for port in pods["spec"]["containers"][0]["ports"]}


def test_one_monitor_selects_every_bot_and_no_other_pod() -> None:
    objects = monitored(watch={"namespaces": ["bots"]}, redis={"enabled": True})
    spec = monitor(objects, "botpod-bots")
    assert spec["namespaceSelector"] == {"matchNames": [NAMESPACE, "bots"]}
    wanted = spec["selector"]["matchLabels"].items()
    assert wanted <= Identity(namespace="bots", name="any", uid="u").labels.items()
    for workload in objects.workloads:
        assert not wanted <= workload["spec"]["template"]["metadata"]["labels"].items()
    (relabeling,) = spec["podMetricsEndpoints"][0]["relabelings"]
    assert relabeling["targetLabel"] == "bot"
    everywhere = monitor(monitored(watch={"allNamespaces": True}), "botpod-bots")
    assert everywhere["namespaceSelector"] == {"any": True}


def test_a_dashboard_is_found_by_grafanas_sidecar() -> None:
    objects = render(
        {"monitoring": {**ALWAYS, "dashboards": {"create": "Always", "annotations": {"a": "b"}}}}
    )
    found = objects.of("ConfigMap", component="monitoring")
    assert [thing["metadata"]["name"] for thing in found] == [
        "botpod-dashboard-fleet",
        "botpod-dashboard-operator",
    ]
    for thing in found:
        assert thing["metadata"]["labels"]["grafana_dashboard"] == "1"
        assert thing["metadata"]["annotations"] == {"a": "b"}
        ((name, text),) = thing["data"].items()
        path = CHART / "files" / "dashboards" / name.removeprefix("botpod-")
        assert json.loads(text) == json.loads(path.read_text())


def test_a_panels_runbook_is_where_the_alerts_is() -> None:
    rules = {"create": "Always", "runbookUrl": "https://runbooks.example/"}
    objects = render({"monitoring": {**ALWAYS, "rules": rules}})
    for thing in objects.of("ConfigMap", component="monitoring"):
        (text,) = thing["data"].values()
        assert '"https://runbooks.example/BotpodCredential' in text
        assert "docs/runbooks" not in text
