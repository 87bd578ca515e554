"""The ConfigMap with the bot's configuration file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_operator.desired.botconfig import render
from botpod_operator.desired.manifest import Manifest, head

if TYPE_CHECKING:
    from botpod_operator.effective import Effective

FILE = "config.yaml"


def configmap(effective: Effective) -> Manifest:
    """Return the ConfigMap."""
    return {
        **head(effective.identity, api_version="v1", kind="ConfigMap"),
        "data": {FILE: render(effective)},
    }
