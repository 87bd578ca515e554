"""CPU is limited for those who must: a namespace whose quota refuses pods without a limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from stage import Stage

QUOTA: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "ResourceQuota",
    "metadata": {"name": "all"},
    "spec": {"hard": {"limits.cpu": "8", "limits.memory": "8Gi"}},
}


@pytest.mark.req("CP-74")
async def test_where_a_quota_wants_cpu_limits_a_bot_without_one_is_told_and_one_with_it_runs(
    stage: Stage,
) -> None:
    stage.models.control.on("who", "me")
    await stage.kubectl.apply(QUOTA)
    direct = {
        "vault": {"role": stage.namespace, "path": stage.vault_path},
        "refreshInterval": "5s",
        "delivery": "Direct",
    }
    await stage.kubectl.apply(stage.bot(credentials=direct))
    told = await stage.condition("Available", reason="PodsRefused")
    assert "limits.cpu" in told["message"]

    limits = {"cpu": "1500m", "memory": "512Mi"}
    resources = {"resources": {"requests": {"cpu": "50m", "memory": "192Mi"}, "limits": limits}}
    await stage.kubectl.patch("bot/hello", {"spec": {"pod": resources}})
    await stage.kubectl.wait("bot/hello", "condition=Ready")
    await stage.ask("!ask who", expect="me")
    (pod,) = await stage.pods()
    containers = pod["spec"]["initContainers"] + pod["spec"]["containers"]
    given = {one["name"]: one["resources"]["limits"]["cpu"] for one in containers}
    assert given == {"credentials": "250m", "bot": "1500m"}
