"""Which Vaults answer, read at the scrape. No path is told: it may say what it is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client import Metric

    from botpod_operator.credentials.board import Board


class Vaults(Collector):
    """What the board of readings knows of each Vault."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def collect(self) -> Iterator[Metric]:
        """Yield each family as it is now."""
        up = GaugeMetricFamily(
            "botpod_operator_vault_up",
            "Whether a Vault answered when it was last asked (1).",
            labels=("address",),
        )
        outage = GaugeMetricFamily(
            "botpod_operator_vault_outage", "1 for what is wrong with a Vault.", labels=("address", "reason")
        )
        entries = GaugeMetricFamily(
            "botpod_operator_vault_entries",
            "Entries whose version is read for the bots, each once however many share it.",
            labels=("address",),
        )
        for address, known in self._board.vaults().items():
            up.add_metric((address,), not known.problems)
            entries.add_metric((address,), known.entries)
            for reason in sorted(known.problems):
                outage.add_metric((address, reason), 1)
        yield from (up, outage, entries)
