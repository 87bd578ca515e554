"""Up to where a session is safe: never past an event that is still to be kept."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from botpod.inbox.watermark import Watermark

STEPS = st.lists(st.sampled_from(["for nobody", "wanted", "keep one", "keep all"]), max_size=40)


@given(start=st.integers(0, 1000), steps=STEPS)
def test_nothing_that_waits_is_ever_passed_and_nothing_is_forgotten(start: int, steps: list[str]) -> None:
    mark, sequence, waiting, seen = Watermark(start), start, [], [start]
    for step in steps:
        match step:
            case "for nobody" | "wanted":
                sequence += 1
                mark.arrive(sequence)
                if step == "wanted":
                    assert mark.wait() == sequence
                    waiting.append(sequence)
                mark.read()
            case "keep one" if waiting:
                mark.keep(waiting.pop(0))
            case "keep all" if waiting:
                mark.keep(waiting[-1])
                waiting.clear()
        assert mark.safe == (waiting[0] - 1 if waiting else sequence)
        seen.append(mark.safe)
    assert seen == sorted(seen)


def test_an_event_that_is_being_read_is_not_safe_yet() -> None:
    mark = Watermark(7)
    mark.arrive(8)
    assert mark.safe == 7  # a heartbeat may be sent just now, from another thread
    mark.read()
    assert mark.safe == 8
