"""Every rule of BotInstance takes what it should and refuses what it should, with its sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from crdrules import Case, bot, means, refusal, rule_of, rules

if TYPE_CHECKING:
    from apiserver import ApiServer

KIND = "BotInstance"
MODEL = {"name": "main", "provider": "OpenAI", "model": "gpt-5-mini"}
TOKEN = {"name": "discord-token", "kind": "DiscordToken"}
OPENAI = {"name": "openai-api-key", "kind": "OpenAI"}
APPLICATION = {"discord": {"applicationId": "123456789012345678"}}
CPU = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 60}}


def _keys(*keys: dict[str, str]) -> dict[str, Any]:
    return {"credentials": {"secretRef": {"name": "mine"}, "keys": list(keys)}}


def _version(version: int) -> dict[str, Any]:
    return {"credentials": {"vault": {"path": "bots/hello", "version": version}}}


def _every(interval: str) -> dict[str, Any]:
    return {"credentials": {"secretRef": {"name": "mine"}, "refreshInterval": interval}}


def _metric(**metric: Any) -> dict[str, Any]:
    return {"autoscaling": {"maxReplicas": 2, "metrics": [metric]}}


CASES = [
    Case(
        path="",
        says="metadata.name: choose a name of at most 40",
        accepted={},
        refused={},
        names=("a" * 40, "a" * 41),
    ),
    Case(
        path="",
        says="metadata.name: leave out the dots",
        accepted={},
        refused={},
        names=("my-bot", "my.bot"),
    ),
    Case(
        path="spec",
        says="models: a model names a credential",
        accepted={**_keys(TOKEN, OPENAI), "models": [{**MODEL, "credential": "openai-api-key"}]},
        refused={**_keys(TOKEN), "models": [{**MODEL, "credential": "openai-api-key"}]},
    ),
    Case(
        path="spec",
        says="discord.applicationId: it is immutable",
        before=APPLICATION,
        accepted={**APPLICATION, "replicas": 2},
        refused={"discord": {"applicationId": "876543210987654321"}},
    ),
    Case(
        path="spec",
        says="discord.applicationId: it is immutable",
        before=APPLICATION,
        accepted={"discord": {**APPLICATION["discord"], "shards": 2}},
        refused={"discord": {"shards": 2}},
    ),
    Case(
        path="spec",
        says="discord.applicationId: it is immutable",
        before=APPLICATION,
        accepted=APPLICATION,
        refused={},
    ),
    Case(
        path="spec.credentials",
        says="credentials: give exactly one",
        accepted={"credentials": {"vault": {"path": "a"}}},
        refused={"credentials": {"vault": {"path": "a"}, "secretRef": {"name": "b"}}},
    ),
    Case(
        path="spec.credentials",
        says="credentials: give exactly one",
        accepted={"credentials": {"secretRef": {"name": "b"}}},
        refused={"credentials": {}},
    ),
    *(
        Case(
            path="spec.credentials.vault.path",
            says="path: leave out . and ..",
            accepted={"credentials": {"vault": {"path": "bots/v1..2/hello.prod"}}},
            refused={"credentials": {"vault": {"path": path}}},
        )
        for path in ("bots/../../../sys/mounts", "..", "bots/./hello", "bots/..")
    ),
    Case(
        path="spec.credentials.vault.version",
        says="version: versions begin at 1",
        accepted=_version(1),
        refused=_version(0),
    ),
    Case(
        path="spec.credentials.keys",
        says="keys: list exactly one key of kind DiscordToken",
        accepted=_keys(TOKEN),
        refused=_keys(OPENAI),
    ),
    Case(
        path="spec.credentials.keys",
        says="keys: list exactly one key of kind DiscordToken",
        accepted=_keys(TOKEN, OPENAI),
        refused=_keys(TOKEN, {"name": "other", "kind": "DiscordToken"}),
    ),
    Case(
        path="spec.credentials.keys",
        says="keys: redis-password and postgresql-password",
        accepted=_keys(TOKEN, {"name": "my-redis", "kind": "Redis"}),
        refused=_keys(TOKEN, {"name": "redis-password", "kind": "Redis"}),
    ),
    Case(
        path="spec.credentials",
        says="delivery: Direct is for credentials in Vault",
        accepted={"credentials": {"vault": {"path": "bots/hello"}, "delivery": "Direct"}},
        refused={"credentials": {"secretRef": {"name": "mine"}, "delivery": "Direct"}},
    ),
    Case(
        path="spec.credentials.refreshInterval",
        says="refreshInterval: choose a duration",
        accepted=_every("5s"),
        refused=_every("4s"),
    ),
    Case(
        path="spec.credentials.refreshInterval",
        says="refreshInterval: choose a duration",
        accepted=_every("1h30m"),
        refused=_every("25h"),
    ),
    Case(
        path="spec.models",
        says="models: each model needs a name of its own",
        accepted={"models": [MODEL, {**MODEL, "name": "spare"}]},
        refused={"models": [MODEL, MODEL]},
    ),
    Case(
        path="spec.flags",
        says="flags: a flag's name",
        accepted={"flags": {"reply-in-threads": True, "a" * 63: False}},
        refused={"flags": {"Reply": True}},
    ),
    Case(
        path="spec.flags",
        says="flags: a flag's name",
        accepted={"flags": {}},
        refused={"flags": {"a" * 64: True}},
    ),
    Case(
        path="spec.discord.shards",
        says="shards: write Auto",
        accepted={"discord": {"shards": "Auto"}},
        refused={"discord": {"shards": "Many"}},
    ),
    Case(
        path="spec.discord.shards",
        says="shards: write Auto",
        accepted={"discord": {"shards": 1000}},
        refused={"discord": {"shards": 1001}},
    ),
    Case(
        path="spec.discord.shards",
        says="shards: write Auto",
        accepted={"discord": {"shards": 1}},
        refused={"discord": {"shards": 0}},
    ),
    Case(
        path="spec.autoscaling",
        says="autoscaling: minReplicas must not be above maxReplicas",
        accepted={"autoscaling": {"minReplicas": 2, "maxReplicas": 2}},
        refused={"autoscaling": {"minReplicas": 3, "maxReplicas": 2}},
    ),
    Case(
        path="spec.autoscaling.metrics[]",
        says="metrics: give the one field that type names",
        accepted=_metric(type="Resource", resource=CPU),
        refused=_metric(type="Resource"),
    ),
    Case(
        path="spec.autoscaling.metrics[]",
        says="metrics: give the one field that type names",
        accepted=_metric(type="ContainerResource", containerResource={**CPU, "container": "bot"}),
        refused=_metric(type="ContainerResource", resource=CPU),
    ),
    Case(
        path="spec.autoscaling.metrics[]",
        says="metrics: give the one field that type names",
        accepted=_metric(type="External", external={"metric": {"name": "queue"}}),
        refused=_metric(type="Resource", resource=CPU, pods={}),
    ),
    Case(
        path="spec.discord",
        says="discord.shards: with delivery Interactions",
        accepted={"discord": {"delivery": "Interactions"}},
        refused={"discord": {"delivery": "Interactions", "shards": "Auto"}},
    ),
    Case(
        path="spec.discord",
        says="discord.shards: with delivery Interactions",
        accepted={"discord": {"delivery": "Gateway", "shards": 2}},
        refused={"discord": {"delivery": "Interactions", "shards": 2}},
    ),
    Case(
        path="spec.pod.labels",
        says="labels: names under botpod.dev/",
        accepted={"pod": {"labels": {"example.org/team": "a"}}},
        refused={"pod": {"labels": {"botpod.dev/bot": "other"}}},
    ),
    Case(
        path="spec.pod.annotations",
        says="annotations: names under botpod.dev/",
        accepted={"pod": {"annotations": {"example.org/team": "a"}}},
        refused={"pod": {"annotations": {"kubernetes.io/enforce-mountable-secrets": "a"}}},
    ),
    Case(
        path="spec.pod.annotations",
        says="annotations: AppArmor and seccomp",
        accepted={"pod": {"annotations": {"cluster-autoscaler.kubernetes.io/safe-to-evict": "true"}}},
        refused={
            "pod": {"annotations": {"container.apparmor.security.beta.kubernetes.io/bot": "unconfined"}}
        },
    ),
    Case(
        path="spec.pod.annotations",
        says="annotations: AppArmor and seccomp",
        accepted={"pod": {"annotations": {}}},
        refused={"pod": {"annotations": {"seccomp.security.alpha.kubernetes.io/pod": "unconfined"}}},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_rule_takes_and_refuses(cluster: ApiServer, case: Case) -> None:
    rule = rule_of(KIND, case)
    takes, refuses = case.names
    before = bot(case.before, name=takes) if case.before is not None else None
    assert refusal(cluster, bot(case.accepted, name=takes), before=before) == ""
    said = refusal(cluster, bot(case.refused, name=refuses), before=before)
    assert means(rule.message, rule.path, said), said


def test_every_rule_has_a_case() -> None:
    assert set(rules(KIND)) - {rule_of(KIND, case) for case in CASES} == set()
