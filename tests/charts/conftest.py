"""What the chart's tests share."""

from __future__ import annotations

import pytest
import yaml
from apiserver import ApiServer, apiserver
from chartcontainer import container_store
from helmchart import CHART, NAMESPACE, Installed, Objects, render

__all__ = ["apiserver", "container_store"]

VARIANTS = tuple(sorted(path.name for path in (CHART / "ci").glob("*.yaml")))


@pytest.fixture(params=VARIANTS)
def variant(request: pytest.FixtureRequest) -> Objects:
    """The chart's objects with each of the values files in ci/."""
    return render(yaml.safe_load((CHART / "ci" / request.param).read_text()))


@pytest.fixture(scope="session")
def installed(apiserver: ApiServer) -> Installed:
    """An API server with the namespaces that the tests install into; pods must be restricted there."""
    for name in (NAMESPACE, "bots", "elsewhere"):
        labels = {"pod-security.kubernetes.io/enforce": "restricted"}
        apiserver.apply(
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}},
            {
                "apiVersion": "v1",
                "kind": "ServiceAccount",
                "metadata": {"name": "default", "namespace": name},
            },
        )
    return Installed(apiserver)
