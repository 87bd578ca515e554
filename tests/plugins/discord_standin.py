"""The Discord stand-in for tests: every request and every answer is checked against Discord's own description.

A violation, by whoever asked or by the stand-in, fails the test in which it happened. A test that sends bad
requests on purpose says so: ``with discord_checker.forgiving():`` (the answers are checked all the same).
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from discord_description import answer_violations, request_violations
from openapi_descriptions import available

from botpod_local.discord import DiscordServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from botpod_local.discord import Exchange


class DiscordChecker:
    """Looks at each exchange as it ends, and keeps what was wrong."""

    def __init__(self) -> None:
        self.violations: list[str] = []
        self.checked = 0
        self._forgiving = False

    def __call__(self, exchange: Exchange, /) -> None:
        if exchange.injected or not available("discord"):
            return
        self.checked += 1
        if not self._forgiving:
            self.violations += request_violations(exchange)
        self.violations += answer_violations(exchange)

    @contextlib.contextmanager
    def forgiving(self) -> Iterator[None]:
        """Let bad requests pass for a while: they are what is being tried."""
        self._forgiving = True
        try:
            yield
        finally:
            self._forgiving = False

    def fail(self) -> None:
        """Fail the test if anything was wrong."""
        if self.violations:
            pytest.fail("\n".join(dict.fromkeys(self.violations)), pytrace=False)


@pytest.fixture
def discord_checker() -> DiscordChecker:
    """What looks at the exchanges of the fixture ``discord``."""
    return DiscordChecker()


@pytest_asyncio.fixture
async def discord(discord_checker: DiscordChecker, standin_host: str) -> AsyncIterator[DiscordServer]:
    """A Discord on free ports with the demo's world; what is said to it or by it must be as Discord says."""
    async with DiscordServer(
        api=((standin_host, 0),), page=("127.0.0.1", 0), observer=discord_checker
    ) as server:
        yield server
    assert not server.record.counters["internal_errors"], "the stand-in failed; its log says how"
    discord_checker.fail()
