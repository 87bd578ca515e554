"""Chooses where the hot state lives: in Redis where one is configured, else in this process."""

from __future__ import annotations

import secrets
import socket
import time
from typing import TYPE_CHECKING

from botpod.state.local import LocalState

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod.config.schema import RedisSection
    from botpod.state.port import HotState


def hot_state(
    section: RedisSection | None,
    *,
    bot: str,
    lease_seconds: float,
    password: Callable[[], str] | None,
    report: Callable[[str | None], None],
) -> HotState:
    """Return the hot state of ``bot``; ``report`` hears what is wrong with Redis, None when it works."""
    # The same pod's next process is another one: it must wait until the last one's leases are over.
    pod = f"{socket.gethostname()}-{secrets.token_hex(4)}"
    local = LocalState(pod=pod, clock=time.monotonic)
    if section is None:
        return local
    # Only those who share state pay for the client: a third of a second, and eight MiB.
    from botpod.state.redis import RedisState, connect  # noqa: PLC0415
    from botpod.state.shared import SharedState  # noqa: PLC0415

    client = connect(section.url, password=password)
    return SharedState(
        RedisState(client, bot=bot, pod=pod, lease_seconds=lease_seconds),
        local,
        lease_seconds=lease_seconds,
        clock=time.monotonic,
        report=report,
    )
