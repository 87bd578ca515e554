"""The rules that the CRDs carry, and what the API server says to a resource that keeps or breaks one."""

from __future__ import annotations

import functools
import json
import re
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml
from apiserver import ADMIN_TOKEN
from world import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apiserver import ApiServer

type Schema = dict[str, Any]
type Manifest = dict[str, Any]

KINDS = {"BotInstance": "botinstances", "BotClass": "botclasses"}
NAMESPACE = "default"


@dataclass(frozen=True, order=True)
class Rule:
    """One entry of ``x-kubernetes-validations``: where it stands, and what it says."""

    kind: str
    path: str
    """Of the schema that carries it, such as ``spec.models[]``; empty for the whole resource."""
    message: str


@dataclass(frozen=True, kw_only=True)
class Case:
    """A resource that keeps a rule and one that breaks it; ``before`` is what stood there, for an update."""

    path: str
    says: str
    """How the rule's message begins."""
    accepted: Manifest
    refused: Manifest
    before: Manifest | None = None
    names: tuple[str, str] = field(default=("tried", "tried"))

    def __str__(self) -> str:
        return f"{self.path}: {self.says}"


@functools.cache
def schema(kind: str) -> Schema:
    """Return the schema of a kind from the CRD in the tree."""
    crd = yaml.safe_load((ROOT / "crds" / f"{KINDS[kind]}.botpod.dev.yaml").read_text())
    found: Schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    return found


def nodes(node: Schema, path: str = "") -> Iterator[tuple[str, Schema]]:
    """Yield every schema below and including ``node`` with its path."""
    yield path, node
    for name, child in node.get("properties", {}).items():
        yield from nodes(child, f"{path}.{name}".lstrip("."))
    if "items" in node:
        yield from nodes(node["items"], f"{path}[]")
    if isinstance(node.get("additionalProperties"), dict):
        yield from nodes(node["additionalProperties"], f"{path}{{}}")


def rules(kind: str) -> list[Rule]:
    """Return every rule of a kind."""
    return [
        Rule(kind, path, entry["message"])
        for path, node in nodes(schema(kind))
        for entry in node.get("x-kubernetes-validations", ())
    ]


def rule_of(kind: str, case: Case) -> Rule:
    """Return the one rule that a case is about."""
    (found,) = [rule for rule in rules(kind) if rule.path == case.path and rule.message.startswith(case.says)]
    return found


def bot(spec: Manifest, *, name: str = "tried") -> Manifest:
    """Return a BotInstance; its credentials come from a Secret where ``spec`` doesn't say."""
    return {
        "apiVersion": "botpod.dev/v1alpha1",
        "kind": "BotInstance",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"credentials": {"secretRef": {"name": "mine"}}, **spec},
    }


def botclass(spec: Manifest, *, name: str = "tried") -> Manifest:
    """Return a BotClass."""
    return {
        "apiVersion": "botpod.dev/v1alpha1",
        "kind": "BotClass",
        "metadata": {"name": name},
        "spec": {"image": "registry.invalid/bot:1", **spec},
    }


MAKE = {"BotInstance": bot, "BotClass": botclass}


def refusal(cluster: ApiServer, manifest: Manifest, *, before: Manifest | None = None) -> str:
    """Return what the API server says against creating ``manifest``, or against it after ``before``.

    Nothing stays behind. Empty text: it takes it.
    """
    kind, name = manifest["kind"], manifest["metadata"]["name"]
    space = f"namespaces/{NAMESPACE}/" if kind == "BotInstance" else ""
    path = f"/apis/botpod.dev/v1alpha1/{space}{KINDS[kind]}"
    tried = "dryRun=All&fieldValidation=Strict"
    if before is None:
        return said(cluster, "POST", f"{path}?{tried}", manifest)
    assert said(cluster, "POST", path, before) == ""
    try:
        return said(cluster, "PUT", f"{path}/{name}?{tried}", _following(cluster, f"{path}/{name}", manifest))
    finally:
        assert said(cluster, "DELETE", f"{path}/{name}", {}) == ""


def means(message: str, path: str, refusal: str) -> bool:
    """Return whether the API server refused by this message at this path, or at a field below it."""
    place = re.escape(path).replace(r"\[\]", r"\[\d+\]").replace(r"\{\}", r"[.\[][^:]*?\]?")
    return re.search(rf"{place}[^ ]*: .*{re.escape(message)}", refusal, re.DOTALL) is not None


def _following(cluster: ApiServer, path: str, manifest: Manifest) -> Manifest:
    live = cluster.read(path)
    assert live is not None
    version = live["metadata"]["resourceVersion"]
    return {**manifest, "metadata": {**manifest["metadata"], "resourceVersion": version}}


def said(cluster: ApiServer, method: str, path: str, body: Manifest) -> str:
    """Send a request; return what the API server says against it, empty text for nothing."""
    request = urllib.request.Request(
        f"{cluster.url}{path}",
        data=json.dumps(body).encode(),
        method=method,
        headers={"Authorization": f"Bearer {ADMIN_TOKEN}", "Content-Type": "application/json"},
    )
    trust = ssl.create_default_context(cafile=str(cluster.ca))
    try:
        with urllib.request.urlopen(request, timeout=10, context=trust):
            return ""
    except urllib.error.HTTPError as error:
        with error:
            return str(json.load(error)["message"])
