"""What the operator's bench reads from an API server's audit log."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from audit import AuditLog, parse, span
from rest import stored

if TYPE_CHECKING:
    from pathlib import Path


def line(resource: str = "deployments", *, user: str = "operator", second: str = "01.5", **ref: Any) -> str:
    return json.dumps(
        {
            "user": {"username": user},
            "verb": "patch",
            "objectRef": {"resource": resource, "namespace": "bots", "name": "bot-hello", **ref},
            "responseStatus": {"code": 200},
            "requestReceivedTimestamp": "2026-01-01T00:00:01.000000Z",
            "stageTimestamp": f"2026-01-01T00:00:{second}00000Z",
        }
    )


def test_a_line_tells_who_wrote_what_and_how_long_it_took() -> None:
    write = parse(line("botinstances", subresource="status"))

    assert (write.user, write.what) == ("operator", ("botinstances/status", "bots", "bot-hello"))
    assert write.accepted
    assert write.done - write.received == pytest.approx(0.5)


def test_a_span_reaches_from_the_first_request_to_the_last_answer() -> None:
    assert span(map(parse, [line(second="03.0"), line(second="02.0")])) == pytest.approx(2)


def test_tokens_and_leases_are_no_writes_of_the_operator() -> None:
    writes = [
        parse(line("serviceaccounts", subresource="token")),
        parse(line("leases")),
        parse(line("configmaps")),
    ]

    assert [write.resource for write in stored(writes)] == ["configmaps"]


def test_the_log_is_read_on_from_the_last_whole_line(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    half = line("secrets")
    path.write_text(f"{line()}\n{line(user='bench')}\n{half[:20]}")
    log = AuditLog(path)

    assert [write.user for write in log.new()] == ["operator", "bench"]
    with path.open("a") as more:
        more.write(half[20:] + "\n")
    assert [write.resource for write in log.new("operator")] == ["secrets"]
    assert log.new() == []
