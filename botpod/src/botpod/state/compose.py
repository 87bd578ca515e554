"""Chooses where the hot state and the inbox live: in Redis where one is configured, else in this process.

Without Redis there is one process, and what the next one needs of it is in the database.
"""

from __future__ import annotations

import secrets
import socket
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botpod.inbox.kept import KeptInbox
from botpod.inbox.local import LocalInbox
from botpod.state.kept import KeptState
from botpod.state.local import LocalState
from botpod.state.restwindows import LocalRestWindows, SharedRestWindows

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod.config.schema import RedisSection
    from botpod.inbox.port import Inbox
    from botpod.state.port import HotState
    from botpod.state.restwindows import RestWindows
    from botpod.storage.kept import KeptThings


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What a bot's pods share; ``rest``: what they may ask of Discord's REST interface."""

    state: HotState
    inbox: Inbox
    rest: RestWindows


def shared(
    section: RedisSection | None,
    *,
    bot: str,
    lease_seconds: float,
    password: Callable[[], str] | None,
    report: Callable[[str | None], None],
    kept: KeptThings,
) -> Shared:
    """Return what the pods of ``bot`` share; ``report`` hears what is wrong with Redis."""
    # The same pod's next process is another one: it must wait until the last one's leases are over.
    pod = f"{socket.gethostname()}-{secrets.token_hex(4)}"
    if section is None:
        return Shared(
            state=KeptState(kept, pod=pod, clock=time.monotonic),
            inbox=KeptInbox(kept, clock=time.monotonic),
            rest=LocalRestWindows(clock=time.monotonic),
        )
    state, inbox = LocalState(pod=pod, clock=time.monotonic), LocalInbox(clock=time.monotonic)
    # Only those who share state pay for the client: a third of a second, and eight MiB.
    from botpod.inbox.redis import RedisInbox  # noqa: PLC0415
    from botpod.inbox.shared import SharedInbox  # noqa: PLC0415
    from botpod.state.reach import Reach  # noqa: PLC0415
    from botpod.state.redis import RedisState  # noqa: PLC0415
    from botpod.state.redisrest import RedisRestWindows  # noqa: PLC0415
    from botpod.state.redisstore import RedisStore, connect  # noqa: PLC0415
    from botpod.state.shared import SharedState  # noqa: PLC0415

    redis = connect(section.url, password=password)
    store = RedisStore(redis, bot=bot, pod=pod, lease_seconds=lease_seconds)
    reach = Reach(clock=time.monotonic, report=report)
    return Shared(
        state=SharedState(RedisState(store), state, lease_seconds=lease_seconds, reach=reach),
        inbox=SharedInbox(
            RedisInbox(store), inbox, reach=reach, lease_seconds=lease_seconds, clock=time.monotonic
        ),
        rest=SharedRestWindows(
            RedisRestWindows(store), LocalRestWindows(clock=time.monotonic), clock=time.monotonic
        ),
    )
