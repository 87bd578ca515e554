"""Events leave in the order in which they must, whatever keeps some of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod.events import Author, CommandEvent, MessageEvent, Place
from botpod.gateway import gate as module
from botpod.gateway.events import WantedEvent
from botpod.gateway.gate import Gate
from botpod.router import Routed

if TYPE_CHECKING:
    import pytest

ADA = Author(id=7, name="Ada")


class Reader:
    def __init__(self) -> None:
        self.seen: list[int] = []

    def hand_on(self, wanted: WantedEvent, _entry: object) -> None:
        self.seen.append(wanted.routed.event.id)


def event(number: int, *, channel: int = 1) -> WantedEvent:
    told = MessageEvent(id=number, place=Place(channel_id=channel), author=ADA, content="hello")
    return WantedEvent(
        name="MESSAGE_CREATE", data={}, routed=Routed(event=told, skill="chat", command=None, text="hello")
    )


def command(number: int) -> WantedEvent:
    used = CommandEvent(id=number, place=Place(channel_id=1), author=ADA, command="ask")
    return WantedEvent(
        name="INTERACTION_CREATE", data={}, routed=Routed(event=used, skill="chat", command="ask", text="")
    )


def test_what_was_missed_goes_before_what_waits_and_commands_wait_for_nobody() -> None:
    reader = Reader()
    gate = Gate(reader, muted=False)  # type: ignore[arg-type] # it hands on, no more
    gate.hold(1)
    gate.hand_on(event(3), None)
    gate.hand_on(command(4), None)
    gate.hand_on(event(5, channel=2), None)
    assert gate.holds(1, 3)
    gate.release(1, [(event(1), None), (event(2), None)])
    gate.hand_on(event(6), None)
    assert reader.seen == [4, 5, 1, 2, 3, 6]


def test_while_muted_everything_waits_and_the_newest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 3)
    reader = Reader()
    gate = Gate(reader, muted=True)  # type: ignore[arg-type] # the same
    for number in range(5):
        gate.hand_on(event(number), None)
    assert reader.seen == []
    assert gate.muted
    gate.unmute()
    gate.hand_on(event(5), None)
    assert reader.seen == [2, 3, 4, 5]
