"""Mistakes get one clear sentence, and what ran before goes on running."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from kubectl import KubectlFailed

if TYPE_CHECKING:
    from stage import Stage


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"replicas": -1}, "spec.replicas"),
        ({"models": [{"name": "main", "provider": "Nobody", "model": "x"}]}, "spec.models[0].provider"),
        ({"credentials": {}}, "spec.credentials"),
        (
            {"credentials": {"vault": {"role": "r", "path": "p"}, "secretRef": {"name": "s"}}},
            "spec.credentials",
        ),
        ({"autoscaling": {"minReplicas": 3, "maxReplicas": 2}}, "spec.autoscaling"),
    ],
)
async def test_the_api_server_refuses_it_and_names_the_field(
    stage: Stage, spec: dict[str, Any], field: str
) -> None:
    with pytest.raises(KubectlFailed) as refused:
        await stage.kubectl.apply(stage.bot(**spec))
    assert field in str(refused.value)


@pytest.mark.parametrize(
    ("change", "kind", "says"),
    [
        ({"className": "nowhere"}, "Accepted", "nowhere"),
        ({"skills": [{"name": "juggling"}]}, "Accepted", "juggling"),
        (
            {"credentials": {"vault": {"role": "nobody", "path": "bots/nothing"}}},
            "CredentialsVerified",
            "nobody",
        ),
    ],
)
async def test_what_only_the_operator_can_judge_becomes_a_condition_and_stops_nothing(
    stage: Stage, change: dict[str, Any], kind: str, says: str
) -> None:
    stage.models.control.on("still", "yes")
    await stage.start_bot()
    before = [pod["metadata"]["uid"] for pod in await stage.pods()]

    await stage.kubectl.patch("bot/hello", {"spec": change})
    await stage.kubectl.wait("bot/hello", f"condition={kind}=False")
    condition = await stage.condition(kind)
    assert says in condition["message"]

    await stage.ask("!ask still there?", expect="yes")
    assert [pod["metadata"]["uid"] for pod in await stage.pods()] == before


async def test_a_missing_key_is_named(stage: Stage) -> None:
    stage.cluster.vault.write(stage.vault_path, {"discord-token": stage.discord.token})
    await stage.kubectl.apply(stage.bot())
    await stage.kubectl.wait("bot/hello", "condition=CredentialsVerified=False")
    condition = await stage.condition("CredentialsVerified")
    assert "openai-api-key" in condition["message"]
    assert stage.vault_path in condition["message"]
