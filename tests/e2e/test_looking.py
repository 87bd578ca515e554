"""What an operator sees of a bot that runs, by kubectl alone: its health, its figures, its log."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from eventually import eventually

if TYPE_CHECKING:
    from stage import Stage


async def page(stage: Stage, path: str) -> dict[str, Any]:
    """Return a page of the only pod's public port."""
    (pod,) = await stage.pods()
    where = f"/api/v1/namespaces/{stage.namespace}/pods/{pod['metadata']['name']}:8080/proxy{path}"
    found: dict[str, Any] = json.loads(await stage.kubectl("get", "--raw", where))
    return found


@pytest.mark.req("AC-39", "AC-40", "AC-57")
async def test_on_port_8080_all_services_are_healthy_and_requests_are_counted(stage: Stage) -> None:
    stage.models.control.on("who", "me")
    await stage.start_bot()
    await stage.ask("!ask who", expect="me")

    async def counted() -> bool:
        return bool((await page(stage, "/api/metrics"))["total_requests"])

    await eventually(counted, seconds=30, every=0.3)
    told = await page(stage, "/api/health")
    assert told["status"] == "healthy"
    assert {"discord", "redis", "sql", "model/main"} <= told["services"].keys()
    assert {name: one for name, one in told["services"].items() if one["status"] != "healthy"} == {}
    figures = await page(stage, "/api/metrics")
    assert (figures["total_requests"], figures["error_rate"]) == (1, 0)
    assert 0 < figures["response_time_seconds"]["p95"] < 30


@pytest.mark.req("AC-38")
@pytest.mark.partly("AC-37", lacks="lines that any collector reads; none is installed or tried")
async def test_the_log_is_json_from_which_errors_times_and_services_in_trouble_are_selected(
    stage: Stage,
) -> None:
    stage.models.control.on("who", "me")
    await stage.start_bot()
    await stage.ask("!ask who", expect="me")
    stage.models.control.fail(503, times=None)
    await stage.ask("!ask who now", expect="model")

    async def told() -> list[dict[str, Any]]:
        text = await stage.kubectl("logs", "-l", "botpod.dev/bot=hello", "--tail=100")
        lines: list[dict[str, Any]] = [json.loads(line) for line in text.splitlines()]
        done = [line for line in lines if line["message"] == "A request is done."]
        return lines if len(done) == 2 else []

    lines = await eventually(told, seconds=30, every=0.5)
    assert [line for line in lines if not {"ts", "level", "logger", "message"} <= line.keys()] == []
    done = [line for line in lines if line["message"] == "A request is done."]
    assert [line["error"] for line in done] == [None, "NoModelAnswers"]
    assert [0 < line["seconds"] < 60 for line in done] == [True, True]
    (trouble, *_) = [line for line in lines if line["message"] == "A model did not answer"]
    assert (trouble["level"], trouble["model"]) == ("WARNING", "main")
    assert "503" in trouble["problem"]
