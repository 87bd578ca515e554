"""The ConfigMap with the bot's configuration file, and with what its pods shall take from Vault."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from botpod_operator.desired.botconfig import render
from botpod_operator.desired.manifest import Manifest, head

if TYPE_CHECKING:
    from botpod_credentials.pod.order import Order
    from botpod_operator.effective import Effective

FILE = "config.yaml"
ORDER_FILE = "credentials.json"
REVISION_LENGTH = 16


def configmap(effective: Effective, order: Order | None = None) -> Manifest:
    """Return the ConfigMap; ``order`` is what the pods shall take from Vault themselves."""
    orders = {ORDER_FILE: order.model_dump_json(by_alias=True, indent=1)} if order else {}
    return {
        **head(effective.identity, api_version="v1", kind="ConfigMap"),
        "data": {FILE: render(effective), **orders},
    }


def revision(configmap: Manifest) -> str:
    """Return what the bot calls this state of its file: 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(configmap["data"][FILE].encode()).hexdigest()[:REVISION_LENGTH]
