"""What the operator's log says again, and how often."""

from __future__ import annotations

import logging

from botpod_operator.logs import AGAIN_SECONDS, MOST_SAID, Seldom


def line(text: str, *, logger: str = "kopf.objects", level: int = logging.ERROR) -> logging.LogRecord:
    return logging.LogRecord(logger, level, "", 0, text, (), None)


def test_what_kopf_says_again_and_again_is_said_once_in_a_while() -> None:
    now = [0.0]
    seldom = Seldom(lambda: now[0])
    tries = [
        seldom.filter(line(f"Request attempt #{number}/9 failed: bots is forbidden")) for number in range(91)
    ]
    assert tries == [True] + [False] * 90
    assert seldom.filter(line("Request attempt #1/9 failed: services is forbidden"))
    assert seldom.filter(line("Request attempt #1/9 failed: bots is forbidden", level=logging.WARNING))
    now[0] = AGAIN_SECONDS
    assert seldom.filter(line("Request attempt #92/9 failed: bots is forbidden"))
    assert not seldom.filter(line("Request attempt #93/9 failed: bots is forbidden"))


def test_our_own_lines_are_all_said() -> None:
    seldom = Seldom(lambda: 0.0)
    assert all(seldom.filter(line("look failed", logger="botpod_operator.watch.workers")) for _ in range(3))


def test_what_was_said_is_remembered_within_bounds() -> None:
    seldom = Seldom(lambda: 0.0)
    for number in range(2 * MOST_SAID):
        seldom.filter(line("x" * number))
    assert len(seldom._said) <= MOST_SAID
