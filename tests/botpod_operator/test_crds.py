"""What the API server makes of both resources: every rule accepts and refuses, with its sentence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from apiserver import Refused

if TYPE_CHECKING:
    from apiserver import ApiServer

MODEL = {"name": "main", "provider": "OpenAI", "model": "gpt-5-mini"}
TOKEN = {"name": "discord-token", "kind": "DiscordToken"}
OPENAI = {"name": "openai-api-key", "kind": "OpenAI"}


def _bot(spec: dict[str, Any], *, name: str = "hello") -> dict[str, Any]:
    return {
        "apiVersion": "botpod.dev/v1alpha1",
        "kind": "BotInstance",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"credentials": {"secretRef": {"name": "mine"}}, **spec},
    }


def _class(spec: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "botpod.dev/v1alpha1",
        "kind": "BotClass",
        "metadata": {"name": "tried"},
        "spec": {"image": "registry.invalid/bot:1", **spec},
    }


def _keys(*keys: dict[str, str]) -> dict[str, Any]:
    return {"credentials": {"secretRef": {"name": "mine"}, "keys": list(keys)}}


def _vault(**vault: Any) -> dict[str, Any]:
    return {"credentials": {"vault": {"path": "bots/hello", **vault}}}


def _every(interval: str) -> dict[str, Any]:
    return {"credentials": {"secretRef": {"name": "mine"}, "refreshInterval": interval}}


BOT_RULES = [
    pytest.param(
        {"credentials": {"vault": {"path": "a"}}},
        {"credentials": {"vault": {"path": "a"}, "secretRef": {"name": "b"}}},
        "spec.credentials: Invalid value: credentials: give exactly one of vault and secretRef",
        id="both sources",
    ),
    pytest.param(
        {"credentials": {"secretRef": {"name": "b"}}},
        {"credentials": {}},
        "spec.credentials: Invalid value: credentials: give exactly one of vault and secretRef",
        id="no source",
    ),
    pytest.param(
        _vault(version=1),
        _vault(version=0),
        "spec.credentials.vault.version: Invalid value: version: versions begin at 1; leave it out to follow",
        id="version",
    ),
    pytest.param(
        _keys(TOKEN),
        _keys(OPENAI),
        "spec.credentials.keys: Invalid value: keys: list exactly one key of kind DiscordToken",
        id="no Discord token",
    ),
    pytest.param(
        _keys(TOKEN, OPENAI),
        _keys(TOKEN, {"name": "other", "kind": "DiscordToken"}),
        "spec.credentials.keys: Invalid value: keys: list exactly one key of kind DiscordToken",
        id="two Discord tokens",
    ),
    pytest.param(
        _keys(TOKEN, {"name": "my-redis", "kind": "Redis"}),
        _keys(TOKEN, {"name": "redis-password", "kind": "Redis"}),
        "keys: redis-password and postgresql-password are filled from the BotClass; choose another name",
        id="reserved key",
    ),
    pytest.param(
        _keys(TOKEN, OPENAI),
        _keys(TOKEN, TOKEN),
        "spec.credentials.keys[1]: Duplicate value",
        id="key twice",
    ),
    pytest.param(
        _every("5s"),
        _every("4s"),
        "spec.credentials.refreshInterval: Invalid value: refreshInterval: choose a duration from 5s to 24h",
        id="refresh too often",
    ),
    pytest.param(
        _every("1h30m"),
        _every("25h"),
        "spec.credentials.refreshInterval: Invalid value: refreshInterval: choose a duration from 5s to 24h",
        id="refresh too rarely",
    ),
    pytest.param(
        {"models": [MODEL, {**MODEL, "name": "spare"}]},
        {"models": [MODEL, MODEL]},
        "spec.models: Invalid value: models: each model needs a name of its own; rename the one that stands",
        id="model names",
    ),
    pytest.param(
        {**_keys(TOKEN, OPENAI), "models": [{**MODEL, "credential": "openai-api-key"}]},
        {**_keys(TOKEN), "models": [{**MODEL, "credential": "openai-api-key"}]},
        "spec.models: Invalid value: models: a model names a credential that credentials.keys doesn't list",
        id="model credential",
    ),
    pytest.param(
        {"discord": {"shards": "Auto"}},
        {"discord": {"shards": "Many"}},
        "spec.discord.shards: Invalid value: shards: write Auto or a number from 1 to 1000",
        id="shards text",
    ),
    pytest.param(
        {"discord": {"shards": 1000}},
        {"discord": {"shards": 0}},
        "spec.discord.shards: Invalid value: shards: write Auto or a number from 1 to 1000",
        id="shards number",
    ),
    pytest.param(
        {"autoscaling": {"minReplicas": 2, "maxReplicas": 2}},
        {"autoscaling": {"minReplicas": 3, "maxReplicas": 2}},
        "spec.autoscaling.minReplicas: Invalid value: autoscaling: minReplicas must not be above maxReplicas",
        id="autoscaling bounds",
    ),
    pytest.param(
        {"autoscaling": {"maxReplicas": 1}},
        {"autoscaling": {"minReplicas": 1}},
        "spec.autoscaling.maxReplicas: Required value",
        id="autoscaling most",
    ),
    pytest.param(
        {"pod": {"labels": {"example.org/team": "a"}}},
        {"pod": {"labels": {"botpod.dev/bot": "other"}}},
        "spec.pod.labels: Invalid value: labels: names under botpod.dev/, app.kubernetes.io/, kubernetes.io/",
        id="our labels",
    ),
    pytest.param(
        {"pod": {"annotations": {"example.org/team": "a"}}},
        {"pod": {"annotations": {"kubernetes.io/enforce-mountable-secrets": "a"}}},
        "spec.pod.annotations: Invalid value: annotations: names under botpod.dev/, app.kubernetes.io/",
        id="our annotations",
    ),
    pytest.param(
        {"pod": {"resources": {"limits": {"memory": "1Gi", "cpu": 2}}}},
        {"pod": {"resources": {"limits": {"memory": "plenty"}}}},
        "spec.pod.resources.limits.memory",
        id="quantity",
    ),
    pytest.param({"replicas": 0}, {"replicas": -1}, "spec.replicas", id="replicas"),
    pytest.param(
        {"skills": [{"name": "chat"}]},
        {"skills": [{"name": "chat"}, {"name": "chat"}]},
        "spec.skills[1]: Duplicate value",
        id="skill twice",
    ),
    pytest.param(
        {"logging": {"levels": {"nextcord": "WARNING"}}},
        {"logging": {"levels": {"nextcord": "LOUD"}}},
        'supported values: "DEBUG", "INFO", "WARNING", "ERROR"',
        id="log level",
    ),
    pytest.param(
        {"limits": {"maxInputCharacters": 4000}},
        {"limits": {"maxInputCharacters": 4001}},
        "spec.limits.maxInputCharacters",
        id="input",
    ),
    pytest.param({"commandPrefix": "!"}, {"commandPrefix": "! "}, "spec.commandPrefix", id="prefix"),
]

CLASS_RULES = [
    pytest.param(
        {"vault": {"address": "https://vault:8200", "caBundle": "-----BEGIN CERTIFICATE-----\nx"}},
        {"vault": {"address": "https://vault:8200", "caBundle": "/etc/ca.crt"}},
        "spec.vault.caBundle: Invalid value: caBundle: paste PEM certificates",
        id="CA",
    ),
    pytest.param(
        {"state": {"redis": {"url": "redis://redis:6379/0"}}},
        {"state": {"redis": {"url": "redis://:hunter2@redis:6379/0"}}},
        "spec.state.redis.url: Invalid value: redis.url: take the password out of the address and name a",
        id="Redis password",
    ),
    pytest.param(
        {"state": {"postgresql": {"url": "postgresql://botpod@pg:5432/botpod"}}},
        {"state": {"postgresql": {"url": "postgresql://botpod:hunter2@pg:5432/botpod"}}},
        "spec.state.postgresql.url: Invalid value: postgresql.url: take the password out of the address",
        id="PostgreSQL password",
    ),
    pytest.param(
        {"defaults": {"models": [MODEL]}},
        {"defaults": {"models": [MODEL, MODEL]}},
        "spec.defaults.models: Invalid value: models: each model needs a name of its own",
        id="model names",
    ),
    pytest.param(
        {"discord": {"apiUrl": "https://discord.com/api/v10"}},
        {"discord": {"apiUrl": "https://user:secret@discord.com/api/v10"}},
        "spec.discord.apiUrl",
        id="no user in an address",
    ),
    pytest.param(
        {"skills": ["chat"]}, {"skills": ["chat", "chat"]}, "spec.skills[1]: Duplicate", id="skills"
    ),
]


def _try(cluster: ApiServer, manifest: dict[str, Any]) -> None:
    cluster.kubectl("apply", "--dry-run=server", "-f", "-", stdin=yaml.safe_dump(manifest))


@pytest.mark.parametrize(("accepted", "refused", "sentence"), BOT_RULES)
def test_botinstance_rules(
    cluster: ApiServer, accepted: dict[str, Any], refused: dict[str, Any], sentence: str
) -> None:
    _try(cluster, _bot(accepted))
    with pytest.raises(Refused) as error:
        _try(cluster, _bot(refused))
    assert sentence in _plain(str(error.value))


@pytest.mark.parametrize(("accepted", "refused", "sentence"), CLASS_RULES)
def test_botclass_rules(
    cluster: ApiServer, accepted: dict[str, Any], refused: dict[str, Any], sentence: str
) -> None:
    _try(cluster, _class(accepted))
    with pytest.raises(Refused) as error:
        _try(cluster, _class(refused))
    assert sentence in _plain(str(error.value))


@pytest.mark.parametrize(
    ("good", "bad", "sentence"),
    [
        ("a" * 40, "a" * 41, "metadata.name: choose a name of at most 40 characters"),
        ("my-bot", "my.bot", "metadata.name: leave out the dots; a Service takes the name"),
    ],
)
def test_names(cluster: ApiServer, good: str, bad: str, sentence: str) -> None:
    _try(cluster, _bot({}, name=good))
    with pytest.raises(Refused, match=sentence):
        _try(cluster, _bot({}, name=bad))


def test_credentials_are_required(cluster: ApiServer) -> None:
    bot = _bot({})
    del bot["spec"]["credentials"]
    with pytest.raises(Refused, match=r"spec\.credentials: Required value"):
        _try(cluster, bot)


def test_a_misspelt_field_is_refused(cluster: ApiServer) -> None:
    with pytest.raises(Refused, match=r'unknown field "spec\.replica"'):
        _try(cluster, _bot({"replica": 2}))


def test_three_lines_are_a_valid_bot_and_nothing_a_class_may_set_is_filled_in(cluster: ApiServer) -> None:
    cluster.apply(_bot({}, name="bare"))
    try:
        spec = cluster.get("bot", "bare")["spec"]
    finally:
        cluster.kubectl("delete", "bot", "bare")
    assert spec == {
        "className": "default",
        "credentials": {"refreshInterval": "30s", "secretRef": {"name": "mine"}},
        "replicas": 1,
        "suspend": False,
    }


@pytest.mark.parametrize("kind", ["botinstance", "botclass"])
def test_every_field_is_explained(cluster: ApiServer, kind: str) -> None:
    text = cluster.kubectl("explain", kind, "--recursive")
    assert "<no description>" not in cluster.kubectl("explain", f"{kind}.spec")
    crd = cluster.get("crd", f"{kind}s.botpod.dev" if kind == "botinstance" else "botclasses.botpod.dev")
    schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    assert _undescribed(schema["properties"]["spec"], "spec") == []
    assert "spec" in text


def test_explain_says_what_a_field_is_for(cluster: ApiServer) -> None:
    assert "Stay at this version of the entry." in cluster.kubectl(
        "explain", "botinstance.spec.credentials.vault.version"
    )


def test_the_crds_have_no_structural_fault(cluster: ApiServer) -> None:
    for crd in ("botinstances.botpod.dev", "botclasses.botpod.dev"):
        conditions = {c["type"]: c["status"] for c in cluster.get("crd", crd)["status"]["conditions"]}
        assert conditions == {"NamesAccepted": "True", "Established": "True"}


def test_scale_goes_through_the_subresource(cluster: ApiServer) -> None:
    cluster.apply(_bot({}, name="scaled"))
    try:
        cluster.kubectl("scale", "bot/scaled", "--replicas=3")
        assert cluster.get("bot", "scaled")["spec"]["replicas"] == 3
    finally:
        cluster.kubectl("delete", "bot", "scaled")


def _undescribed(schema: dict[str, Any], path: str) -> list[str]:
    missing = []
    for name, child in schema.get("properties", {}).items():
        here = f"{path}.{name}"
        missing += [here] if not child.get("description") else []
        missing += _undescribed(child.get("items", child), here)
    return missing


def _plain(message: str) -> str:
    """Leave out the refused value, which the API server puts between the field and the sentence."""
    return re.sub(r'Invalid value: (?:"[^"]*"|\d+|\[.*?\]|\{.*?\})?: ?', "Invalid value: ", message)
