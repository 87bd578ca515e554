"""A release beside the others of an API server: what its upgrades make of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml
from helmchart import CHART, LEAST, Objects, merged

if TYPE_CHECKING:
    from helmchart import Installed


@dataclass(frozen=True)
class Release:
    """One release; ``values`` are those that it always has."""

    installed: Installed
    name: str
    values: dict[str, Any]

    def upgrade(self, *values: dict[str, Any]) -> None:
        """Install it or bring it to ``values``."""
        # The CRDs belong to the release that has them.
        most = merged(merged(LEAST, {"crds": {"enabled": False}}), self.values)
        for more in values:
            most = merged(most, more)
        given = [f"--set-json={key}={json.dumps(value)}" for key, value in most.items()]
        self.installed.helm("upgrade", "--install", self.name, str(CHART), *given)

    @property
    def objects(self) -> Objects:
        """What Helm made of the newest values."""
        text = self.installed.helm("get", "manifest", self.name)
        return Objects(tuple(thing for thing in yaml.safe_load_all(text) if thing))

    @property
    def templates(self) -> dict[str, Any]:
        """What the databases' pods are made by."""
        sets = self.objects.of("StatefulSet")
        return {thing["metadata"]["name"]: thing["spec"]["template"] for thing in sets}
