"""What a scrape tells of each bot."""

from __future__ import annotations

import datetime as dt
import tracemalloc
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from botpod_operator.identity import BotKey
from botpod_operator.metrics.fleet import Fleet
from botpod_operator.watch.store import Store

NOW = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
HELLO = {"namespace": "team", "bot": "hello"}


class _Seen:
    """A store and what Prometheus reads of it."""

    def __init__(self) -> None:
        self.store, self.registry = Store(), CollectorRegistry()
        self.leads = True
        self.ages: dict[BotKey, float] = {}
        self.registry.register(
            Fleet(
                store=self.store,
                checked_ago=self.ages.get,
                written=self.written,
                leads=lambda: self.leads,
                now=lambda: NOW,
            )
        )

    def written(self, bot: BotKey, /, *, source: str, version: str) -> float | None:
        return {("hello", "vault:secret/x", "7"): 1_700_000_000.0}.get((bot.name, source, version))

    def bot(self, name: str = "hello", *, status: dict[str, Any] | None = None, version: int = 1) -> Any:
        live = {
            "metadata": {"namespace": "team", "name": name, "uid": name, "resourceVersion": str(version)},
            "spec": {"credentials": {"refreshInterval": "1m"}},
            "status": status or {},
        }
        self.store.see_bot(live)
        return live

    def value(self, metric: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(metric, {**HELLO, **labels})

    def text(self) -> str:
        return generate_latest(self.registry).decode()


@pytest.fixture
def seen() -> _Seen:
    return _Seen()


def condition(kind: str, status: str, reason: str = "Any") -> dict[str, str]:
    return {"type": kind, "status": status, "reason": reason, "message": "with a word of the owner's"}


def test_conditions_are_figures_and_only_what_is_wrong_has_a_reason(seen: _Seen) -> None:
    seen.bot(
        status={
            "conditions": [
                condition("Ready", "False", "CredentialRefused"),
                condition("CredentialsVerified", "Unknown", "VerificationPending"),
                condition("Available", "True"),
                condition("Progressing", "False"),
            ]
        }
    )
    found = {
        kind: seen.value("botpod_bot_condition", type=kind)
        for kind in ("Ready", "CredentialsVerified", "Available")
    }
    assert found == {"Ready": 0, "CredentialsVerified": -1, "Available": 1}
    reason = "botpod_bot_condition_reason"
    assert seen.value(reason, type="Ready", reason="CredentialRefused") == 1
    assert seen.value(reason, type="CredentialsVerified", reason="VerificationPending") == 1
    assert 'type="Available",reason' not in seen.text()
    assert "Progressing" not in seen.text()


def test_credentials_tell_when_they_were_checked_and_refused_and_who_uses_them(seen: _Seen) -> None:
    refused = {"since": "2026-01-01T11:00:00Z", "reason": "CredentialRefused", "message": "who, which key"}
    seen.bot(
        status={"credentials": {"version": "7", "source": "vault:secret/x", "usedBy": 2, "refused": refused}}
    )
    seen.ages[BotKey("team", "hello")] = 40.2
    assert seen.value("botpod_bot_credentials_checked_timestamp_seconds") == NOW.timestamp() - 40
    assert seen.value("botpod_bot_credentials_refresh_interval_seconds") == 60
    assert seen.value("botpod_bot_pods_current_credentials") == 2
    since = seen.value("botpod_bot_credentials_refused_timestamp_seconds", reason="CredentialRefused")
    assert since == NOW.timestamp() - 3600
    assert seen.value("botpod_bot_credentials_created_timestamp_seconds") == 1_700_000_000
    assert "secret/x" not in seen.text()
    assert "which key" not in seen.text()


def test_credentials_whose_age_nobody_knows_tell_none(seen: _Seen) -> None:
    seen.bot(status={"credentials": {"version": "7", "source": "secret:x"}})
    assert seen.value("botpod_bot_pods_current_credentials") == 0
    assert "botpod_bot_credentials_created_timestamp_seconds{" not in seen.text()


def test_pods_are_those_of_the_deployment(seen: _Seen) -> None:
    seen.bot()
    deployment = {
        "kind": "Deployment",
        "metadata": {
            "namespace": "team",
            "name": "bot-hello",
            "uid": "d",
            "resourceVersion": "1",
            "labels": {"botpod.dev/bot": "hello"},
        },
        "spec": {"replicas": 3},
        "status": {"readyReplicas": 2},
    }
    seen.store.see_child("Deployment", deployment)
    assert seen.value("botpod_bot_pods_desired") == 3
    assert seen.value("botpod_bot_pods_ready") == 2


def test_who_stands_by_tells_nothing(seen: _Seen) -> None:
    seen.bot(status={"conditions": [condition("Ready", "True")]})
    assert seen.value("botpod_bot_condition", type="Ready") == 1
    seen.leads = False
    assert 'bot="hello"' not in seen.text()


def test_a_deleted_bot_is_gone_from_the_next_scrape(seen: _Seen) -> None:
    live = seen.bot(status={"conditions": [condition("Ready", "True")]})
    assert 'bot="hello"' in seen.text()
    seen.store.see_bot(live, deleted=True)
    assert 'bot="hello"' not in seen.text()


def test_a_thousand_bots_leave_nothing_behind_in_memory(seen: _Seen) -> None:
    kinds = ("Ready", "Accepted", "CredentialsVerified", "Available", "Progressing", "Continuity")
    for number in range(1000):
        seen.bot(f"bot-{number}", status={"conditions": [condition(kind, "True") for kind in kinds]})
        seen.ages[BotKey("team", f"bot-{number}")] = 1.0
    seen.text()
    tracemalloc.start()
    try:
        assert seen.text().count('type="Ready"') == 1000
        kept, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 64 * 1024
    assert most < 8 * 1024 * 1024
