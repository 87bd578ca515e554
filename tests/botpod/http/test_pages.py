"""Both ports over the wire."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from eventually import eventually
from prometheus_client.parser import text_string_to_metric_families

from botpod.errors import ConfigurationInvalid, NoModelAnswers
from botpod.events import Author, MessageEvent, Place
from botpod.http.heartbeat import Heartbeat
from botpod.http.pages import Pages
from botpod.http.servers import Servers
from botpod.metrics.registry import Metrics
from botpod.metrics.standing import Standing
from botpod.models.observe import Attempt, Outcome
from botpod.status import ShardState, Status

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

KEY = "the key of the test"
SHOWN = f"Bearer {KEY}"
EVENT = MessageEvent(id=1, place=Place(channel_id=2), author=Author(id=3, name="Ada"), content="hi")


def model(**more: Any) -> dict[str, Any]:
    return {"used": True, "problem": None, "circuit": "closed", "credentialRefused": False, **more}


class Stage:
    """A process's knowledge of itself, and both its ports."""

    def __init__(self) -> None:
        self.status = Status(bot="default/hello")
        self.metrics = Metrics(version="1.2.3")
        self.now = 1000.0
        self.heartbeat = Heartbeat(clock=lambda: self.now, every=0.01)
        self.models: dict[str, dict[str, Any]] = {}
        self.metrics.add(Standing(self.status, models=lambda: self.models, lag=lambda: self.heartbeat.lag))
        self.pages = Pages(
            status=self.status,
            metrics=self.metrics,
            heartbeat=self.heartbeat,
            models=lambda: self.models,
            version="1.2.3",
            key=lambda: KEY,
        )
        self.servers = Servers(
            self.pages.public(),
            self.pages.internal(),
            public_port=0,
            internal_port=0,
            public_host="127.0.0.1",
            internal_host="127.0.0.1",
        )
        self.session: aiohttp.ClientSession | None = None

    async def get(self, path: str, *, port: int, shown: str | None = None) -> tuple[int, Any]:
        assert self.session is not None
        url = f"http://127.0.0.1:{self.servers.ports[port]}{path}"
        headers = {} if shown is None else {"Authorization": shown}
        async with self.session.get(url, headers=headers) as answer:
            if answer.content_type == "application/json":
                return answer.status, await answer.json()
            return answer.status, await answer.text()

    async def public(self, path: str, *, shown: str | None = None) -> tuple[int, Any]:
        return await self.get(path, port=0, shown=shown)

    async def internal(self, path: str) -> tuple[int, Any]:
        return await self.get(path, port=1)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    made = Stage()
    async with made.servers, aiohttp.ClientSession() as made.session:
        yield made


@pytest.mark.req("CP-29")
@pytest.mark.partly("AC-39", lacks="that it is port 8080: here it is any")
@pytest.mark.parametrize("path", ["/health", "/api/health"])
async def test_health_tells_status_and_version(stage: Stage, path: str) -> None:
    code, body = await stage.public(path)
    assert (code, body["status"], body["version"]) == (200, "starting", "1.2.3")
    stage.status.started = True
    code, body = await stage.public(path)
    assert (code, body["status"], body["bot"], body["services"]) == (200, "healthy", "default/hello", {})


@pytest.mark.req("AC-41")
async def test_health_tells_each_service_healthy_unhealthy_or_unknown(stage: Stage) -> None:
    stage.status.started = True
    stage.status.dependency("sql")
    stage.status.dependency("redis", "Redis can't be reached.")
    stage.models = {"main": model(), "spare": model(used=False), "old": model(problem="It failed.")}
    code, body = await stage.public("/health")
    assert (code, body["status"]) == (200, "degraded")
    # What is wrong isn't everybody's business: it names addresses.
    assert body["services"] == {
        "sql": {"status": "healthy"},
        "redis": {"status": "unhealthy"},
        "model/main": {"status": "healthy"},
        "model/spare": {"status": "unknown"},
        "model/old": {"status": "unhealthy"},
    }
    _, body = await stage.public("/health", shown=SHOWN)
    assert body["services"] == {
        "sql": {"status": "healthy"},
        "redis": {"status": "unhealthy", "error": "Redis can't be reached."},
        "model/main": {"status": "healthy"},
        "model/spare": {"status": "unknown"},
        "model/old": {"status": "unhealthy", "error": "It failed."},
    }


async def test_a_shard_that_discord_refuses_makes_it_unhealthy(stage: Stage) -> None:
    stage.status.started = True
    stage.status.shard(0, ShardState.BLOCKED, "The token is refused.")
    code, body = await stage.public("/health")
    assert (code, body["status"]) == (503, "unhealthy")
    assert body["reason"] == "Shard 0 is refused: The token is refused."


@pytest.mark.req("AU-27")
async def test_ready_is_told_on_both_ports_with_the_reason(stage: Stage) -> None:
    for get in (stage.public, stage.internal):
        path = "/ready" if get == stage.public else "/readyz"
        stage.status.started = False
        assert await get(path) == (503, {"ready": False, "reason": "It is starting."})
        stage.status.started = True
        stage.status.dependency("sql", "The database is away.")
        assert await get(path) == (200, {"ready": True, "reason": None})


@pytest.mark.req("AC-44", "AC-45", "AC-46", "CL-07")
@pytest.mark.partly("AC-40", lacks="that it is port 8080: here it is any")
async def test_the_summary_counts_requests_errors_and_times(stage: Stage) -> None:
    code, body = await stage.public("/api/metrics")
    assert code == 200
    assert body["total_requests"] == 0
    assert body["error_rate"] == 0.0
    assert body["response_time_seconds"] == {"p50": None, "p95": None}
    for number in range(1, 101):
        error = NoModelAnswers("none") if number <= 25 else None
        stage.metrics.handled("chat", number / 100, error)
    _, body = await stage.public("/api/metrics", shown=SHOWN)
    assert (body["total_requests"], body["total_errors"], body["error_rate"]) == (100, 25, 0.25)
    assert body["response_time_seconds"] == {"p50": 0.5, "p95": 0.95}
    assert len(body["recent_errors"]) == 10
    assert body["recent_errors"][0]["error"] == "NoModelAnswers"
    _, body = await stage.public("/api/metrics?limit=3", shown=SHOWN)
    assert len(body["recent_errors"]) == 3


@pytest.mark.req("CL-28", "AC-32")
@pytest.mark.attack("errors_to_anybody")
async def test_errors_are_listed_inside_and_to_who_has_the_key_alone(stage: Stage) -> None:
    stage.metrics.handled("chat", 1.0, NoModelAnswers("none"))
    code, body = await stage.public("/api/metrics")
    assert (code, body["total_errors"], body.keys() & {"recent_errors"}) == (200, 1, set())
    for shown in (KEY, f"Basic {KEY}", "Bearer ", "Bearer wrong", f"Bearer {KEY}!", "Bearer \u00e9"):
        code, body = await stage.public("/api/metrics", shown=shown)
        assert (code, body.keys()) == (401, {"error"})
    for code, body in (
        await stage.public("/api/metrics", shown=SHOWN),
        await stage.internal("/api/metrics"),
    ):
        assert (code, [one["error"] for one in body["recent_errors"]]) == (200, ["NoModelAnswers"])


@pytest.mark.attack("hostile_query")
@pytest.mark.parametrize("limit", ["-1", "many", "101", "1e3", "", "9" * 4400, "\u0663"])
async def test_a_limit_that_is_no_number_is_refused_with_a_sentence(stage: Stage, limit: str) -> None:
    code, body = await stage.public(f"/api/metrics?limit={limit}")
    assert code == 400
    assert "give a number from 0 to 100" in body["error"]


@pytest.mark.req("AU-28", "AC-47")
async def test_prometheus_reads_what_happened(stage: Stage) -> None:
    stage.status.started = True
    stage.status.shard_count = 2
    stage.status.shard(1, ShardState.CONNECTED)
    stage.status.dependency("sql", "The database is away.")
    stage.models = {"main": model(circuit="halfOpen", credentialRefused=True)}
    stage.metrics.received(EVENT)
    stage.metrics.refused("rate")
    stage.metrics.running(1)
    stage.metrics.handled("chat", 2.0, None)
    stage.metrics.handled("chat", 2.0, asyncio.CancelledError())
    stage.metrics.connection_ended("resume")
    stage.metrics.rest.waited(0.5)
    stage.metrics.rest.limited("shared")
    stage.metrics.rest.repeated("502")
    stage.metrics.rest.invalid(12)
    stage.metrics.asked(
        Attempt(
            model="main",
            outcome=Outcome.ANSWERED,
            seconds=2.0,
            first_text=0.5,
            input_tokens=7,
            output_tokens=3,
        )
    )
    code, page = await stage.internal("/metrics")
    assert code == 200
    values = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }
    expected = {
        ("botpod_events_total", "message"): 1,
        ("botpod_requests_refused_total", "rate"): 1,
        ("botpod_active_conversations",): 1,
        ("botpod_requests_total", "answered", "chat"): 1,
        ("botpod_requests_total", "chat", "stopped"): 1,
        ("botpod_request_duration_seconds_count", "chat"): 2,
        ("botpod_gateway_connections_ended_total", "resume"): 1,
        ("botpod_discord_request_wait_seconds_sum",): 0.5,
        ("botpod_discord_rate_limited_total", "shared"): 1,
        ("botpod_discord_requests_repeated_total", "502"): 1,
        ("botpod_discord_invalid_requests_total",): 1,
        ("botpod_discord_invalid_requests_recent",): 12,
        ("botpod_model_requests_total", "answered", "main"): 1,
        ("botpod_model_first_text_seconds_sum", "main"): 0.5,
        ("botpod_model_tokens_total", "input", "main"): 7,
        ("botpod_model_tokens_total", "main", "output"): 3,
        ("botpod_model_circuit_state", "main"): 1,
        ("botpod_model_credential_refused", "main"): 1,
        ("botpod_dependency_healthy", "sql"): 0,
        ("botpod_shard_state", "1", "connected"): 1,
        ("botpod_shards_total",): 2,
        ("botpod_ready",): 1,
        ("botpod_build_info", "1.2.3"): 1,
    }
    assert {key: values.get(key) for key in expected} == expected
    assert values["process_resident_memory_bytes",] > 1_000_000


async def test_live_tells_the_loops_lag_and_when_it_has_stopped_beating(stage: Stage) -> None:
    async def live() -> tuple[int, bool, float]:
        code, body = await stage.internal("/livez")
        return code, body["alive"], body["lagSeconds"]

    assert await live() == (200, True, 0.0)
    beating = asyncio.create_task(stage.heartbeat.run())
    await asyncio.sleep(0)
    # The loop is held up for so long before it comes to the next beat.
    stage.now += 0.2
    await eventually(lambda: stage.heartbeat.lag)
    assert await live() == (200, True, 0.19)
    beating.cancel()
    await asyncio.wait({beating})
    stage.now += 29
    assert (await live())[:2] == (200, True)
    stage.now += 1
    assert (await live())[:2] == (503, False)


async def test_status_tells_everything(stage: Stage) -> None:
    stage.status.details["models"] = lambda: {"main": model()}
    code, body = await stage.internal("/status")
    assert code == 200
    assert body["version"] == "1.2.3"
    assert body["bot"] == "default/hello"
    assert body["models"] == {"main": model()}
    assert body["shards"] == {}


async def test_the_outside_sees_nothing_of_the_inside(stage: Stage) -> None:
    for path in ("/metrics", "/status", "/livez", "/nothing"):
        code, body = await stage.public(path)
        assert code == 404
        assert "the pages are /api/health, /api/metrics, /health, /ready" in body["error"]


async def test_only_reading_is_allowed(stage: Stage) -> None:
    assert stage.session is not None
    async with stage.session.post(f"http://127.0.0.1:{stage.servers.ports[0]}/health") as answer:
        assert answer.status == 405


@asynccontextmanager
async def taken() -> AsyncIterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


async def test_a_taken_port_is_told_in_one_sentence() -> None:
    made = Stage()
    async with taken() as port:
        servers = Servers(
            made.pages.public(),
            made.pages.internal(),
            public_port=0,
            internal_port=port,
            public_host="127.0.0.1",
            internal_host="127.0.0.1",
        )
        with pytest.raises(ConfigurationInvalid) as raised:
            await servers.__aenter__()
    assert raised.value.problems == (
        (
            f"server.internalPort is {port}, which can't be listened on (Address already in use);"
            " give another one."
        ),
    )
