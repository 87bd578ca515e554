"""What the chart brings for Prometheus and Grafana, and when."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
from typing import TYPE_CHECKING

import pytest
import yaml
from eventually import eventually
from faulty_server import FaultyServer
from helmchart import CHART, LEAST, NAMESPACE, Objects, render
from prometheus_server import Target, as_scraped, prometheus_server

from botpod_local.chart.tools import ChartWrong, Helm
from botpod_operator.identity import Identity

if TYPE_CHECKING:
    from pathlib import Path
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


SPREAD = [f'botpod_requests_total{{n="{number}"}} 1' for number in range(25_000)]
HOSTILE = {
    "fakes": [
        'botpod_operator_leader{namespace="botpod-system"} 1',
        'botpod_bot_condition{namespace="payments",bot="theirs",type="Ready"} 0',
        'kube_pod_info{namespace="payments"} 1',
        'botpod_requests_total{namespace="payments",pod="p",bot="theirs",job="x",instance="y"} 7',
    ],
    "floods": SPREAD,
    "labels": [
        "botpod_requests_total{" + ",".join(f'l{number}="x"' for number in range(40)) + "} 1",
    ],
    "long": ['botpod_requests_total{a="' + "x" * 1000 + '"} 1'],
    "large": ["# " + "x" * 5_000_000, "botpod_requests_total 1"],
    "fair": ['botpod_requests_total{outcome="answered"} 1', "process_cpu_seconds_total 1"],
}


@pytest.mark.req("AC-31", "AC-32")
@pytest.mark.attack("flooded_prometheus", "faked_metrics")
async def test_a_bot_that_exports_what_it_should_not_is_cut_off_and_fakes_nothing(tmp_path: Path) -> None:
    scraping = as_scraped(monitor(monitored(), "botpod-bots"))
    async with contextlib.AsyncExitStack() as stack:
        targets = {}
        for name, lines in HOSTILE.items():
            server = await stack.enter_async_context(FaultyServer(_page(lines)))
            labels = {
                "namespace": "team",
                "pod": f"bot-{name}-1",
                "__meta_kubernetes_pod_label_botpod_dev_bot": name,
            }
            targets[name] = Target(port=server.port, labels=labels)
        directory = tmp_path / "prometheus"
        settings = dict.fromkeys(targets, scraping)
        with prometheus_server(directory, targets=targets, rules={}, settings=settings) as prometheus:
            query = functools.partial(asyncio.to_thread, prometheus.query)

            async def scraped() -> bool:
                return len(await query("up")) == len(targets)

            await eventually(scraped, seconds=30, every=0.2)
            up = {one["metric"]["job"]: one["value"][1] for one in await query("up")}
            assert up == dict.fromkeys(("floods", "labels", "long", "large"), "0") | {
                "fakes": "1",
                "fair": "1",
            }
            everything = await query('{__name__=~".+"}')
            names = {one["metric"]["__name__"] for one in everything}
            own = {name for name in names if not name.startswith(("scrape_", "up"))}
            assert own == {"botpod_requests_total", "process_cpu_seconds_total"}
            (faked,) = await query('botpod_requests_total{exported_namespace="payments"}')
            said = {key: faked["metric"][key] for key in ("namespace", "pod", "bot", "job")}
            assert said == {"namespace": "team", "pod": "bot-fakes-1", "bot": "fakes", "job": "fakes"}


def _page(lines: list[str]) -> bytes:
    body = "\n".join([*lines, ""]).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"Connection: close\r\n\r\n" + body


@pytest.mark.parametrize(
    ("image", "right"),
    [
        ("registry.example/it:1", True),
        ("registry.example/it:1@sha256:" + "a" * 64, True),
        ("registry.example/it@sha256:" + "a" * 64, True),
        ("registry.example/it:1@sha256:abc", False),
        ("registry.example/it:1@md5:" + "a" * 64, False),
    ],
)
def test_an_image_is_a_name_with_a_tag_a_digest_or_both(image: str, *, right: bool) -> None:
    wrong = contextlib.nullcontext() if right else pytest.raises(ChartWrong)
    with wrong:
        render({"redis": {"enabled": True, "image": image}, "operator": {"image": image}})
