"""The way between one client and the gateway, which a test may slow or stop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botpod_local.discord.settings import Settings


class Network:
    """How long a payload travels each way, and whether anything arrives at all.

    Attributes:
        latency: seconds each way on this connection alone; None: as ``Settings`` says for all.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._flows = asyncio.Event()
        self._flows.set()
        self.latency: float | None = None

    def arrival(self) -> float:
        """Return when that arrives which leaves now, on the loop's clock."""
        latency = self._settings.gateway_latency if self.latency is None else self.latency
        return asyncio.get_running_loop().time() + latency

    async def carry(self, arrival: float) -> None:
        """Wait until ``arrival``, and for as long as the network stalls."""
        if (wait := arrival - asyncio.get_running_loop().time()) > 0:
            await asyncio.sleep(wait)
        await self._flows.wait()

    def stall(self) -> None:
        """Let nothing arrive any more on either side, the other side's end included."""
        self._flows.clear()

    def flow(self) -> None:
        """Let everything arrive again, what waited first."""
        self._flows.set()
