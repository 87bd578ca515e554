"""The state of one of several pods that share a Redis."""

from __future__ import annotations

import time

from botpod.state.local import LocalState
from botpod.state.redis import RedisState, connect
from botpod.state.shared import SharedState


def pod_state(url: str, *, pod: str, lease_seconds: float) -> SharedState:
    """Return the state of a pod of the bot ``default/hello``; the caller closes it."""
    return SharedState(
        RedisState(connect(url), bot="default/hello", pod=pod, lease_seconds=lease_seconds),
        LocalState(pod=pod, clock=time.monotonic),
        lease_seconds=lease_seconds,
        clock=time.monotonic,
        report=lambda _: None,
    )
