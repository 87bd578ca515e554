"""The ConfigMap with the bot's configuration file."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from botpod_operator.desired.botconfig import render
from botpod_operator.desired.manifest import Manifest, head

if TYPE_CHECKING:
    from botpod_operator.effective import Effective

FILE = "config.yaml"
REVISION_LENGTH = 16


def configmap(effective: Effective) -> Manifest:
    """Return the ConfigMap."""
    return {
        **head(effective.identity, api_version="v1", kind="ConfigMap"),
        "data": {FILE: render(effective)},
    }


def revision(configmap: Manifest) -> str:
    """Return what the bot calls this state of its file: 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(configmap["data"][FILE].encode()).hexdigest()[:REVISION_LENGTH]
