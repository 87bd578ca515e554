"""What the intake lets through, by the verdicts that whoever posts is told."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from botpod.interactions.intake import Intake
from botpod.interactions.signature import WINDOW_SECONDS
from botpod.interactions.verdict import Verdict
from botpod_local.discord.endpoints.signing import SIGNATURE, TIMESTAMP, signed

NOW = 1_800_000_000.0
COMMAND = {"type": 2, "id": "1", "data": {"name": "ask"}}


class Scene:
    """An intake with a clock of the test's own; ``posted`` is what it handed on."""

    def __init__(self, *, linger: float = 0.0) -> None:
        self.private = Ed25519PrivateKey.generate()
        self.now = NOW
        self.posted: list[Any] = []
        self.counted: list[str] = []
        self.intake = Intake(clock=lambda: self.now, observer=self.counted.append, linger=linger)

    def open(self) -> None:
        self.intake.open(self.private.public_key().public_bytes_raw().hex(), self.posted.append)

    def take(self, body: bytes, *, at: float = NOW) -> Verdict:
        headers = signed(body, private_key=self.private.private_bytes_raw(), now=at)
        return self.intake.take(body, signature=headers[SIGNATURE], timestamp=headers[TIMESTAMP])


def written(data: Any) -> bytes:
    return json.dumps(data).encode()


def test_nothing_is_taken_before_the_key_is_known() -> None:
    scene = Scene()

    assert scene.take(written(COMMAND)) is Verdict.CLOSED
    scene.open()
    assert scene.take(written(COMMAND)) is Verdict.TAKEN
    assert scene.posted == [COMMAND]
    assert scene.counted == ["closed", "taken"]


def test_a_ping_is_answered_and_handed_to_nobody() -> None:
    scene = Scene()
    scene.open()

    assert scene.take(written({"type": 1})) is Verdict.PING
    assert not scene.posted


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[]", b"7", b"{}", b'{"type": "2"}'])
def test_what_is_no_interaction_is_said_so(body: bytes) -> None:
    scene = Scene()
    scene.open()

    assert scene.take(body) is Verdict.UNREADABLE
    assert not scene.posted


@pytest.mark.parametrize(
    ("later", "verdict"),
    [
        (0, Verdict.TAKEN),
        (WINDOW_SECONDS, Verdict.TAKEN),
        (WINDOW_SECONDS + 1, Verdict.STALE),
        (-WINDOW_SECONDS, Verdict.TAKEN),
        (-WINDOW_SECONDS - 1, Verdict.STALE),
    ],
)
def test_an_old_one_is_refused_however_well_signed(later: float, verdict: Verdict) -> None:
    scene = Scene()
    scene.open()
    scene.now += later

    assert scene.take(written(COMMAND)) is verdict
    assert scene.posted == ([COMMAND] if verdict is Verdict.TAKEN else [])


def test_old_ones_fill_no_log(caplog: pytest.LogCaptureFixture) -> None:
    scene = Scene()
    scene.open()
    for _ in range(100):
        scene.take(written(COMMAND), at=NOW - 1000)
    scene.now += 61
    scene.take(written(COMMAND), at=NOW - 1000)

    assert [record.message.split(" that ")[0] for record in caplog.records] == ["An interaction"] * 2


async def test_closing_lets_the_last_ones_in() -> None:
    scene = Scene(linger=0.05)
    scene.open()
    closing = asyncio.create_task(scene.intake.close())
    await asyncio.sleep(0)

    assert scene.intake.stopping
    assert scene.take(written(COMMAND)) is Verdict.TAKEN
    await closing
    assert scene.take(written(COMMAND)) is Verdict.CLOSED
