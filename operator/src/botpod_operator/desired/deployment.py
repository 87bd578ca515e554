"""The Deployment: as many pods as the bot shall have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_operator.desired.botconfig import rolling
from botpod_operator.desired.manifest import Manifest, head
from botpod_operator.desired.pods import template
from botpod_operator.digests import digest

if TYPE_CHECKING:
    from botpod_operator.effective import Effective

CONFIG_ANNOTATION = "botpod.dev/config-digest"
RESTART_ANNOTATION = "botpod.dev/restarted-at"


def deployment(effective: Effective) -> Manifest:
    """Return the Deployment; what a running bot doesn't take up by itself rolls its pods."""
    annotations = {
        CONFIG_ANNOTATION: digest(rolling(effective)),
        **({RESTART_ANNOTATION: effective.restarted_at} if effective.restarted_at is not None else {}),
    }
    return {
        **head(effective.identity, api_version="apps/v1", kind="Deployment"),
        "spec": {
            "replicas": effective.replicas,
            "revisionHistoryLimit": 3,
            "progressDeadlineSeconds": 180,
            "strategy": _strategy(side_by_side=effective.continuity.holds),
            "selector": {"matchLabels": effective.identity.selector},
            "template": template(effective, annotations=annotations),
        },
    }


def _strategy(*, side_by_side: bool) -> Manifest:
    if not side_by_side:  # two pods would answer everything twice, or remember half
        return {"type": "Recreate"}
    return {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
