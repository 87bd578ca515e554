"""The alert rules as the chart installs them: each fires when it shall, and only then, and has its runbook.

A file in alerts/ is an alert's; its cases are series, one sample each 30 s, and when it fires.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from helmchart import ROOT, render

from botpod_operator.credentials.outages import OF_THE_VAULT
from botpod_operator.identity import Identity
from botpod_operator.reporting.notes import OF_A_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator

CASES = Path(__file__).parent / "alerts"
RUNBOOKS = ROOT / "docs" / "runbooks"
DATABASES = {"redis": {"enabled": True}, "postgresql": {"enabled": True}}
SECTIONS = ["## What it means", "## What people notice", "## How to look", "## What to do"]

type Rule = dict[str, Any]


def rules(**values: Any) -> dict[str, Rule]:
    monitoring = {"rules": {"create": "Always", **values}}
    groups = render({"monitoring": monitoring}).one("PrometheusRule")["spec"]["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


RULES = rules()


def promtool(*arguments: str | Path) -> None:
    done = subprocess.run(["promtool", *arguments], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def written(path: Path, content: Any) -> Path:
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    return path


def cases(alert: str) -> Iterator[dict[str, Any]]:
    """Yield an alert's cases in promtool's own format."""
    for case in yaml.safe_load((CASES / f"{alert}.yaml").read_text()):
        silent = {time: [] for time in case.get("silent", ())}
        yield {
            "name": case["name"],
            "interval": "30s",
            "input_series": [
                {"series": series, "values": values} for series, values in case["series"].items()
            ],
            "alert_rule_test": [
                {
                    "alertname": alert,
                    "eval_time": time,
                    "exp_alerts": [
                        {"exp_labels": fired["labels"], "exp_annotations": {"summary": fired["summary"]}}
                        for fired in expected
                    ],
                }
                for time, expected in (silent | case.get("fires", {})).items()
            ],
        }


def with_rows(alert: str) -> Any:
    """Return the alert as a parameter that is marked with the rows it shows."""
    unhealthy = ("Unreachable", "Unhealthy", "Unavailable", "Unserved", "CredentialRefused")
    rows = {
        "BotpodBotFailing": ["AC-49", "CP-30"],
        "BotpodMemoryHigh": ["AC-50"],
        "BotpodDiskFull": ["AC-51"],
    }.get(alert, ["AC-52"] if alert.endswith(unhealthy) else [])
    marks = [pytest.mark.req(*rows)] if rows else []
    if alert == "BotpodBotFailing":
        marks.append(pytest.mark.partly("AU-31", "AC-53", lacks="a rule; who is notified is Alertmanager's"))
    if alert == "BotpodCredentialOld":
        marks.append(
            pytest.mark.partly("CL-31", lacks="people are told that it is time; they rotate by hand")
        )
    return pytest.param(alert, marks=marks)


@pytest.mark.req("CL-59", "AC-61", "AU-32")
@pytest.mark.parametrize("alert", [with_rows(alert) for alert in RULES])
def test_an_alert_fires_when_it_shall_and_only_then(alert: str, tmp_path: Path) -> None:
    given = list(cases(alert))
    asked = [test["exp_alerts"] for case in given for test in case["alert_rule_test"]]
    assert any(asked), "a case where it fires"
    assert not all(asked), "a case where it doesn't"
    rule = {**RULES[alert], "annotations": {"summary": RULES[alert]["annotations"]["summary"]}}
    written(tmp_path / "rules.yaml", {"groups": [{"name": "tested", "rules": [rule]}]})
    tests = {"rule_files": ["rules.yaml"], "evaluation_interval": "30s", "tests": given}
    promtool("test", "rules", written(tmp_path / "tests.yaml", tests))


def test_prometheus_takes_the_rules(tmp_path: Path) -> None:
    promtool(
        "check",
        "rules",
        written(tmp_path / "all.yaml", {"groups": [{"name": "all", "rules": [*RULES.values()]}]}),
    )


def test_every_alert_has_cases_and_a_runbook_and_nothing_else_has() -> None:
    assert sorted(path.stem for path in CASES.glob("*.yaml")) == sorted(RULES)
    assert sorted(path.stem for path in RUNBOOKS.glob("*.md")) == sorted({*RULES, "README"})


def test_the_disks_are_those_of_the_release() -> None:
    values = {"monitoring": {"rules": {"create": "Always"}}, "fullnameOverride": "pods", **DATABASES}
    objects = render(values)
    (group, _) = objects.one("PrometheusRule")["spec"]["groups"]
    (expr,) = [rule["expr"] for rule in group["rules"] if rule["alert"] == "BotpodDiskFull"]
    (claims,) = re.findall(r'persistentvolumeclaim=~"([^"]+)"', expr)
    made = [f"data-{one['metadata']['name']}-0" for one in objects.of("StatefulSet")]
    assert len(made) == 2
    assert all(
        re.fullmatch(claims, claim) for claim in [*made, Identity(namespace="n", name="a", uid="u").child]
    )
    assert not re.fullmatch(claims, "data-botpod-redis-0")


def test_when_credentials_are_old_is_the_installations_to_say() -> None:
    alert = "BotpodCredentialOld"
    assert RULES[alert]["expr"].endswith("> 90 * 86400")
    assert rules(credentialMaxAgeDays=30)[alert]["expr"].endswith("> 30 * 86400")


def test_an_alert_names_its_runbook() -> None:
    for alert, rule in RULES.items():
        assert (ROOT / rule["annotations"]["runbook_url"]).is_file(), alert
        assert {"summary", "description", "runbook_url"} == rule["annotations"].keys()
    mine = rules(runbookUrl="https://runbooks.example/botpod/")
    assert {rule["annotations"]["runbook_url"] for rule in mine.values()} == {
        f"https://runbooks.example/botpod/{alert}.md" for alert in RULES
    }


@pytest.mark.parametrize("alert", RULES)
def test_a_runbook_says_what_it_means_who_notices_how_to_look_and_what_to_do(alert: str) -> None:
    title, *parts = re.split(r"^(## .+)$", (RUNBOOKS / f"{alert}.md").read_text(), flags=re.MULTILINE)
    assert title.strip() == f"# {alert}"
    assert parts[::2] == SECTIONS
    told = dict(zip(parts[::2], parts[1::2], strict=True))
    assert [section for section, text in told.items() if len(text.split()) < 5] == []
    assert re.search(r"```(console|promql)\n|dashboard \"Botpod / ", told["## How to look"])
    assert re.findall(r"^- ", told["## What to do"], re.MULTILINE)


def test_what_somebody_asked_for_or_another_alert_tells_is_not_told_as_not_ready() -> None:
    (left_out,) = re.findall(r'reason!~"([^"]+)"', RULES["BotpodBotNotReady"]["expr"])
    own_alert = {*OF_THE_VAULT, *OF_A_VERSION}
    assert all(re.fullmatch(left_out, reason) for reason in {"Suspended", "ScaledToZero", *own_alert})
    troubles = ("KeyMissing", "VaultLoginDenied", "VaultPathNotFound", "Stalled", "ClassNotFound")
    assert not any(re.fullmatch(left_out, reason) for reason in troubles)
