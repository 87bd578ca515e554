"""Every query of the dashboards and every alert, run by a real Prometheus on an operator and a bot."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from eventually import eventually, eventually_is
from helmchart import ROOT, render
from prometheus_server import Prometheus, Target, as_scraped, prometheus_server

from botpod_local.dashboards.files import texts

if TYPE_CHECKING:
    from pathlib import Path

    from bot_process import MakeProcess
    from operatorprocess import OperatorProcess
    from world import World

    from botpod_local.discord import DiscordServer

pytestmark = pytest.mark.timeout(240)

METRICS_PAGE = ROOT / "docs" / "metrics.md"
VARIABLES = {"$__rate_interval": "20s", "$operator": ".*", "$namespace": ".*", "$bot": ".*"}
NAME = re.compile(r"\b(?:botpod|process)_\w+")
MAY_BE_EMPTY = {
    "fleet.json: Alerts A": "nothing has lasted long enough to fire",
    "operator.json: Alerts A": "nothing has lasted long enough to fire",
    "operator.json: Failed looks by kind of error A": "no look failed",
    "operator.json: Vaults C": "Vault answers",
    "fleet.json: Turned away A": "the guards let all pass",
    "fleet.json: Models out of use A": "no circuit is open",
    "fleet.json: Models out of use B": "the vendor takes the credential",
    "fleet.json: Connections that ended A": "none has ended",
    "fleet.json: Answers of 429 A": "no limit was met",
    "fleet.json: Requests sent again A": "every request was answered",
    "fleet.json: Unhealthy dependencies A": "all are healthy",
    "fleet.json: Memory of its limit A": "the bot's process is in no container with a limit",
    "fleet.json: Disks A": "there is no kubelet",
}
"""Queries of what didn't happen here, and why."""


def dashboard_queries() -> dict[str, str]:
    """Return each query of the dashboards by its file, its panel's title and its letter."""
    found = {}
    for file, text in texts().items():
        for panel in json.loads(text)["panels"]:
            for target in panel.get("targets", ()):
                expr = target["expr"]
                for name, value in VARIABLES.items():
                    expr = expr.replace(name, value)
                found[f"{file}: {panel['title']} {target['refId']}"] = expr
    return found


def rules() -> dict[str, Any]:
    objects = render({"monitoring": {"rules": {"create": "Always"}}})
    spec: dict[str, Any] = objects.one("PrometheusRule")["spec"]
    return spec


def scraped(name: str) -> dict[str, Any]:
    """Return how the chart has one of its PodMonitors scraped."""
    objects = render({"monitoring": {"podMonitors": {"create": "Always"}}})
    (found,) = [one for one in objects.of("PodMonitor") if one["metadata"]["name"] == name]
    return as_scraped(found["spec"])


async def bots(world: World, discord: DiscordServer) -> None:
    """Make bots: one that is well, one whose newest token is refused, one that Vault denies, one paused."""
    world.botclass(verifyCredentials=True, discord={"apiUrl": discord.api_url})
    world.credentials("hello", discord_token=discord.token)
    world.credentials("refused", discord_token="nobody's")
    world.bot("hello")
    world.bot("refused")
    world.bot("denied")
    await asyncio.to_thread(world.condition, "CredentialsVerified", reason="Verified")
    await asyncio.to_thread(world.condition, "Ready", name="refused", reason="CredentialRefused")
    await asyncio.to_thread(world.condition, "Ready", name="denied", reason="VaultLoginDenied")
    await asyncio.to_thread(world.pods, 2, ready=1)


@pytest.fixture
async def prometheus(
    world: World,
    operator: OperatorProcess,
    discord: DiscordServer,
    bot_process: MakeProcess,
    tmp_path: Path,
) -> Any:
    bot = await bot_process()
    own = {"namespace": world.own_namespace, "pod": "botpod-operator-0"}
    targets = {
        "operator": Target(port=operator.port, labels=own),
        "bots": Target(
            port=bot.config["server"]["internalPort"], labels={"namespace": world.namespace, "bot": "hello"}
        ),
    }
    settings = {"operator": scraped("botpod-operator"), "bots": scraped("botpod-bots")}
    # The name comes from the pod's label; here it is the target's.
    settings["bots"].pop("relabel_configs")
    with prometheus_server(
        tmp_path / "prometheus", targets=targets, rules=rules(), settings=settings
    ) as server:
        await eventually(lambda: len(server.query("up == 1")) == 2, seconds=30, every=0.2)
        await bots(world, discord)
        mention = f"<@{discord.application.bot_user_id}>"
        discord.people.post("general", "ada", f"{mention} say something")
        # A rate needs a figure to rise from.
        first = "botpod_requests_total and on () botpod_model_requests_total"
        await eventually(lambda: server.query(first), seconds=40, every=0.2)
        discord.people.post("general", "linus", f"{mention} say something")
        answered = 'sum(rate(botpod_requests_total{outcome="answered"}[20s])) > 0'
        await eventually(lambda: server.query(answered), seconds=40, every=0.2)
        await eventually(lambda: server.query("botpod_bot_pods_ready == 1"), seconds=20, every=0.2)
        yield server


@pytest.mark.req("AC-47", "AC-61", "AU-30", "AU-32", "CL-56", "CL-59")
@pytest.mark.partly("CL-52", lacks="dashboards and alerts are ready; nothing is deployed")
@pytest.mark.partly("CL-55", lacks="tokens are counted by model; what they cost isn't")
async def test_every_query_is_understood_and_tells_something(prometheus: Prometheus, world: World) -> None:
    asked, declared = dashboard_queries(), prometheus.metrics()
    (samples,) = prometheus.query('scrape_samples_post_metric_relabeling{bot="hello"}')
    assert float(samples["value"][1]) < scraped("botpod-bots")["sample_limit"] / 20
    assert {name: missing for name, expr in asked.items() if (missing := undeclared(expr, declared))} == {}
    ours = {name for name in declared if name.startswith("botpod_") and not name.endswith("_created")}
    assert set(re.findall(r"^\| `(\w+)` \|", METRICS_PAGE.read_text(), re.MULTILINE)) == ours
    telling = {name: expr for name, expr in asked.items() if name not in MAY_BE_EMPTY}
    await eventually_is(
        lambda: [name for name, expr in telling.items() if not prometheus.query(expr)], [], seconds=30
    )
    for name in MAY_BE_EMPTY:
        prometheus.query(asked[name])

    alerts = [rule for group in rules()["groups"] for rule in group["rules"]]
    assert {rule["alert"]: name for rule in alerts for name in undeclared(rule["expr"], declared)} == {}
    judged = prometheus.rules()
    assert {name: rule["lastError"] for name, rule in judged.items() if rule["health"] != "ok"} == {}
    # Nobody waits for minutes here: what will fire is pending, with its texts.
    pending = {name: rule["alerts"] for name, rule in judged.items() if rule["alerts"]}
    assert pending.keys() == {"BotpodBotNotReady", "BotpodCredentialRefused", "BotpodCredentialsNotInUse"}
    (refused,) = pending["BotpodCredentialRefused"]
    assert refused["annotations"]["summary"] == "New credentials of bot team/refused were refused."

    world.vault.admin.sys.seal()
    sealed = (
        'botpod_operator_vault_outage{reason="VaultSealed"} and on (address) botpod_operator_vault_up == 0'
    )
    await eventually(lambda: prometheus.query(sealed), seconds=40, every=0.2)
    world.vault.admin.sys.submit_unseal_key(world.vault.key)
    await eventually(lambda: prometheus.query("botpod_operator_vault_up == 1"), seconds=40, every=0.2)


def undeclared(expr: str, declared: set[str]) -> set[str]:
    """Return the metrics in an expression that no target declares."""
    names = {name.removesuffix("_bucket").removesuffix("_count") for name in NAME.findall(expr)}
    return names - declared
