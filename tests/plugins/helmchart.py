"""Helm on our chart: what it renders, and a real API server to install it on."""

from __future__ import annotations

import functools
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from botpod_local.binaries import binary
from botpod_local.chart.tools import Helm

if TYPE_CHECKING:
    from collections.abc import Iterable

    from apiserver import ApiServer

ROOT = Path(__file__).parents[2]
CHART = ROOT / "charts" / "botpod"
NAMESPACE = "botpod-system"
LEAST = {
    "operator": {"image": "registry.example/operator:1"},
    "defaultClass": {"image": "registry.example/bot:1"},
}


def merged(base: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Return two values files as Helm merges them."""
    result = dict(base)
    for key, value in more.items():
        known = result.get(key)
        result[key] = merged(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return result


@functools.cache
def _rendered(values: str) -> str:
    return Helm(chart=CHART).template(arguments=(f"--set-json={values}",))


@dataclass(frozen=True)
class Objects:
    """What the chart renders to."""

    all: tuple[dict[str, Any], ...]

    def of(self, kind: str, *, component: str | None = None) -> list[dict[str, Any]]:
        """Return the objects of a kind, of one component where it is given."""
        return [
            thing
            for thing in self.all
            if thing["kind"] == kind
            and component in (None, thing["metadata"]["labels"]["app.kubernetes.io/component"])
        ]

    def one(self, kind: str, *, component: str | None = None) -> dict[str, Any]:
        """Return the only object of a kind."""
        (found,) = self.of(kind, component=component)
        return found

    @property
    def workloads(self) -> list[dict[str, Any]]:
        """Return what makes pods."""
        return [*self.of("Deployment"), *self.of("StatefulSet")]

    def operator_file(self) -> dict[str, Any]:
        """Return the operator's configuration, parsed."""
        text = self.one("ConfigMap", component="operator")["data"]["config.yaml"]
        content: dict[str, Any] = yaml.safe_load(text)
        return content


def render(more: dict[str, Any] | None = None) -> Objects:
    """Return the chart's objects for the least values and ``more``."""
    values = merged(LEAST, more or {})
    text = _rendered(",".join(f"{key}={json.dumps(value)}" for key, value in values.items()))
    return Objects(tuple(thing for thing in yaml.safe_load_all(text) if thing))


@dataclass(frozen=True)
class Question:
    """One thing the operator may do or not; ``resource`` is written group:plural/subresource."""

    verb: str
    resource: str
    namespace: str = ""
    name: str = ""

    def review(self) -> dict[str, Any]:
        """Return the question as the API server takes it."""
        group, _, rest = self.resource.rpartition(":")
        plural, _, subresource = rest.partition("/")
        return {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {
                "user": f"system:serviceaccount:{NAMESPACE}:botpod-operator",
                "groups": ["system:serviceaccounts", "system:authenticated"],
                "resourceAttributes": {
                    "verb": self.verb,
                    "group": group,
                    "resource": plural,
                    "subresource": subresource,
                    "namespace": self.namespace,
                    "name": self.name,
                },
            },
        }


@dataclass(frozen=True)
class Installed:
    """A namespace of an API server, and Helm for it."""

    server: ApiServer

    def helm(self, *arguments: str) -> str:
        """Run helm in the release's namespace; return what it printed."""
        done = subprocess.run(
            [binary("helm"), "--kubeconfig", self.server.kubeconfig, "--namespace", NAMESPACE, *arguments],
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def upgrade(self, more: dict[str, Any]) -> str:
        """Install or upgrade the release ``botpod``."""
        values = [f"--set-json={key}={json.dumps(value)}" for key, value in merged(LEAST, more).items()]
        return self.helm("upgrade", "--install", "botpod", str(CHART), *values)

    def notes(self, more: dict[str, Any]) -> str:
        """Return what Helm says after an installation, without one."""
        # The CRDs belong to the release that is there.
        most = merged(merged(LEAST, {"crds": {"enabled": False}}), more)
        values = [f"--set-json={key}={json.dumps(value)}" for key, value in most.items()]
        return self.helm("install", "noted", str(CHART), "--dry-run=server", *values).partition("NOTES:")[2]

    def render(self, more: dict[str, Any]) -> Objects:
        """Return what would be installed."""
        return render(more)

    def allowed(self, questions: Iterable[Question]) -> list[Question]:
        """Ask the API server which of these the operator may do."""
        asked = list(questions)
        reviews = yaml.safe_dump_all([question.review() for question in asked])
        output = '-o=jsonpath={.status.allowed}{"\\n"}'
        answers = self.server.kubectl("create", output, "-f", "-", stdin=reviews).splitlines()
        return [question for question, said in zip(asked, answers, strict=True) if said == "true"]
