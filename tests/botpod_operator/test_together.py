"""Calls side by side of which one fails: the others are not left running."""

from __future__ import annotations

import asyncio

import pytest

from botpod_operator.errors import Rejected, Transient
from botpod_operator.together import together


async def _fails(error: Exception) -> None:
    raise error


async def test_it_ends_when_all_have_ended() -> None:
    ended = []

    async def slow() -> None:
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        ended.append("slow")

    with pytest.raises(Rejected):
        await together(_fails(Rejected("no")), slow())
    assert ended == ["slow"]


async def test_whoever_has_to_wait_longest_is_heard() -> None:
    errors = (Rejected("no"), Transient("soon"), Transient("later", retry_after=3.0))
    with pytest.raises(Transient, match="later"):
        await together(*map(_fails, errors))
