"""Says that this process lives, for as long as it handles anything: also after it has given its shards up."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botpod.inbox.port import Inbox

PART = 3
"""So many times in one lease time."""


async def stay_alive(inbox: Inbox, *, lease_seconds: float) -> None:
    """Go on saying so until cancelled; whoever begins has said it once."""
    while True:
        await asyncio.sleep(lease_seconds / PART)
        await inbox.live()
