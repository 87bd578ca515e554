"""Every rule of BotClass takes what it should and refuses what it should, with its sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from crdrules import Case, botclass, means, refusal, rule_of, rules

if TYPE_CHECKING:
    from apiserver import ApiServer

KIND = "BotClass"
MODEL = {"name": "main", "provider": "OpenAI", "model": "gpt-5-mini"}

STORES = {"redis": "rediss://redis:6379/0", "postgresql": "postgresql://botpod@pg:5432/botpod"}
ADMIN = {"user": "admin", "passwordSecretRef": {"name": "database"}}
CASES = [
    Case(
        path="spec.vault.caBundle",
        says="caBundle: paste PEM certificates",
        accepted={"vault": {"address": "https://vault:8200", "caBundle": "-----BEGIN CERTIFICATE-----\nx"}},
        refused={"vault": {"address": "https://vault:8200", "caBundle": "/etc/ca.crt"}},
    ),
    *(
        Case(
            path=f"spec.vault.{mount}",
            says=f"{mount}: leave out . and ..",
            accepted={"vault": {"address": "https://vault:8200", mount: "team-a/mount.v2"}},
            refused={"vault": {"address": "https://vault:8200", mount: "mount/../sys"}},
        )
        for mount in ("authMount", "kvMount", "namespace")
    ),
    *(
        Case(
            path=f"spec.children.{field}",
            says=f"{field}: names under botpod.dev/, app.kubernetes.io/",
            accepted={"children": {field: {"example.com/cost-centre": "4711"}}},
            refused={"children": {field: {"app.kubernetes.io/name": "mine"}}},
        )
        for field in ("labels", "annotations")
    ),
    Case(
        path="spec.state.redis.url",
        says="redis.url: take the password out",
        accepted={"state": {"redis": {"url": "redis://redis:6379/0"}}},
        refused={"state": {"redis": {"url": "redis://:hunter2@redis:6379/0"}}},
    ),
    Case(
        path="spec.state.postgresql.url",
        says="postgresql.url: take the password out",
        accepted={"state": {"postgresql": {"url": "postgresql://botpod@pg:5432/botpod"}}},
        refused={"state": {"postgresql": {"url": "postgresql://botpod:hunter2@pg:5432/botpod"}}},
    ),
    *(
        Case(
            path=f"spec.state.{store}.caBundle",
            says=f"{store}.caBundle: paste PEM certificates",
            accepted={"state": {store: {"url": url, "caBundle": "-----BEGIN CERTIFICATE-----\nx"}}},
            refused={"state": {store: {"url": url, "caBundle": "/etc/ca.crt"}}},
        )
        for store, url in STORES.items()
    ),
    *(
        Case(
            path=f"spec.state.{store}",
            says=f"{store}: give either admin, for an account per bot, or passwordSecretRef",
            accepted={"state": {store: {"url": url, "admin": ADMIN}}},
            refused={"state": {store: {"url": url, "admin": ADMIN, "passwordSecretRef": {"name": "x"}}}},
        )
        for store, url in STORES.items()
    ),
    Case(
        path="spec.allowedNamespaces.selector",
        says="selector: give matchLabels or matchExpressions",
        accepted={"allowedNamespaces": {"selector": {"matchLabels": {"bots": "yes"}}}},
        refused={"allowedNamespaces": {"selector": {}}},
    ),
    Case(
        path="spec.allowedNamespaces.selector.matchExpressions",
        says="matchExpressions: give values with In and NotIn",
        accepted={
            "allowedNamespaces": {
                "selector": {"matchExpressions": [{"key": "bots", "operator": "In", "values": ["yes"]}]}
            }
        },
        refused={
            "allowedNamespaces": {"selector": {"matchExpressions": [{"key": "bots", "operator": "In"}]}}
        },
    ),
    Case(
        path="spec.defaults.models",
        says="models: each model needs a name of its own",
        accepted={"defaults": {"models": [MODEL]}},
        refused={"defaults": {"models": [MODEL, MODEL]}},
    ),
    Case(
        path="spec.defaults.flags",
        says="flags: a flag's name",
        accepted={"defaults": {"flags": {"reply-in-threads": True}}},
        refused={"defaults": {"flags": {"reply_in_threads": True}}},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_rule_takes_and_refuses(cluster: ApiServer, case: Case) -> None:
    rule = rule_of(KIND, case)
    assert refusal(cluster, botclass(case.accepted)) == ""
    said = refusal(cluster, botclass(case.refused))
    assert means(rule.message, rule.path, said), said


def test_every_rule_has_a_case() -> None:
    assert set(rules(KIND)) - {rule_of(KIND, case) for case in CASES} == set()
