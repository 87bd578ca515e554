"""How each bot stands: read at the scrape from what is known anyway, so that nothing is kept per bot.

Only the operator that leads tells, so that each bot is there once. A bot that is gone is gone from the next
scrape on. Labels are the namespace, the bot's name and words from the code, never what somebody wrote.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Protocol

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from botpod_operator.durations import seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from prometheus_client import Metric

    from botpod_operator.identity import BotKey
    from botpod_operator.watch.rollout import Rollout
    from botpod_operator.watch.store import Object, Store

CONDITIONS = ("Ready", "CredentialsVerified", "Isolated", "Available", "Continuity")
"""Those that tell something of their own: Accepted is in Ready's reason, Progressing passes."""
EXPLAINED = ("Ready", "CredentialsVerified")
"""Whose reason is told while they aren't True."""
VALUES = {"True": 1, "False": 0}
UNKNOWN = -1
BOT = ("namespace", "bot")


class Written(Protocol):
    """Says when a bot's version was written, in seconds since the epoch; None where nobody knows."""

    def __call__(self, bot: BotKey, /, *, source: str, version: str) -> float | None: ...  # noqa: D102


class Fleet(Collector):
    """The figures of every bot; ``now`` is the time of day.

    ``checked_ago`` is :meth:`Looks.checked_ago`, ``written`` :meth:`Board.written`.
    """

    def __init__(
        self,
        *,
        store: Store,
        checked_ago: Callable[[BotKey], float | None],
        written: Written,
        leads: Callable[[], bool],
        now: Callable[[], dt.datetime],
    ) -> None:
        self._store = store
        self._checked_ago = checked_ago
        self._written = written
        self._leads = leads
        self._now = now

    def collect(self) -> Iterator[Metric]:
        """Yield each family as it is now."""
        figures = _Figures()
        if self._leads():
            now = self._now().timestamp()
            for key in self._store.bots():
                bot, child = self._store.bot(key), self._store.child(key, "Deployment")
                if bot is None:
                    continue
                at = (key.namespace, key.name)
                status = bot.get("status") or {}
                _status(figures, at, status)
                self._age(figures, key, status.get("credentials") or {})
                _pods(figures, at, child.rollout if child else None)
                ago = self._checked_ago(key)
                if ago is not None:
                    # Whole seconds: two clocks read one after the other differ by less.
                    figures.checked.add_metric(at, round(now - ago))
                    figures.interval.add_metric(at, _interval(bot))
        yield from vars(figures).values()

    def _age(self, figures: _Figures, key: BotKey, credentials: Object) -> None:
        source, version = credentials.get("source"), credentials.get("version")
        if source is None or version is None:
            return
        written = self._written(key, source=source, version=version)
        if written is not None:
            figures.created.add_metric((key.namespace, key.name), written)


class _Figures:
    """The families, empty."""

    def __init__(self) -> None:
        self.condition = GaugeMetricFamily(
            "botpod_bot_condition",
            "A condition of a BotInstance: 1 it holds, 0 it does not, -1 it is not known.",
            labels=(*BOT, "type"),
        )
        self.reason = GaugeMetricFamily(
            "botpod_bot_condition_reason",
            "1 for the reason of a condition that is not True: Ready and CredentialsVerified.",
            labels=(*BOT, "type", "reason"),
        )
        self.wanted = GaugeMetricFamily("botpod_bot_pods_desired", "Pods a bot shall have.", labels=BOT)
        self.ready = GaugeMetricFamily("botpod_bot_pods_ready", "Pods of a bot that are ready.", labels=BOT)
        self.current = GaugeMetricFamily(
            "botpod_bot_pods_current_credentials",
            "Pods of a bot that say they use the credentials that were delivered last.",
            labels=BOT,
        )
        self.refused = GaugeMetricFamily(
            "botpod_bot_credentials_refused_timestamp_seconds",
            "When the newest credentials of a bot were first refused; absent where they were not.",
            labels=(*BOT, "reason"),
        )
        self.created = GaugeMetricFamily(
            "botpod_bot_credentials_created_timestamp_seconds",
            "When the version of its credentials that a bot has was written to Vault; absent where they come "
            "from a Secret.",
            labels=BOT,
        )
        self.checked = GaugeMetricFamily(
            "botpod_bot_credentials_checked_timestamp_seconds",
            "When the operator last learned which version is the newest where a bot's credentials come from; "
            "before it ever did, when it first tried.",
            labels=BOT,
        )
        self.interval = GaugeMetricFamily(
            "botpod_bot_credentials_refresh_interval_seconds",
            "How often a bot wants its credentials looked at.",
            labels=BOT,
        )


def _status(figures: _Figures, at: tuple[str, str], status: Object) -> None:
    for condition in status.get("conditions") or ():
        kind, value = condition["type"], VALUES.get(condition["status"], UNKNOWN)
        if kind in CONDITIONS:
            figures.condition.add_metric((*at, kind), value)
        if kind in EXPLAINED and value != VALUES["True"]:
            figures.reason.add_metric((*at, kind, condition["reason"]), 1)
    credentials: dict[str, Any] = status.get("credentials") or {}
    refused = credentials.get("refused")
    if refused is not None:
        since = dt.datetime.fromisoformat(refused["since"]).timestamp()
        figures.refused.add_metric((*at, refused["reason"]), since)
    if credentials.get("version") is not None:
        figures.current.add_metric(at, credentials.get("usedBy") or 0)


def _pods(figures: _Figures, at: tuple[str, str], rollout: Rollout | None) -> None:
    if rollout is not None:
        figures.wanted.add_metric(at, rollout.wanted)
        figures.ready.add_metric(at, rollout.ready)


def _interval(bot: Object) -> int:
    # The CRD's default is in every object; one that was never read back may lack it.
    return seconds(bot["spec"].get("credentials", {}).get("refreshInterval", "30s"))
