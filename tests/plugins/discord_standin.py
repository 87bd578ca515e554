"""The Discord stand-in for tests: all that is asked and answered is checked against Discord's description.

A violation, by whoever asked or by the stand-in, fails the test in which it happened. A test that sends bad
requests on purpose says so: ``with discord_checker.forgiving():`` (the answers are checked all the same).
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import aiohttp
import pytest
import pytest_asyncio
from discord_client import Gateway, Rest
from discord_description import answer_violations, request_violations
from openapi_descriptions import TALLY

from botpod_local.discord import DiscordServer, default_world
from botpod_local.discord.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from botpod_local.discord import Exchange


class DiscordChecker:
    """Looks at each exchange as it ends, and keeps what was wrong."""

    def __init__(self) -> None:
        self.violations: list[str] = []
        self.seen = 0
        """Exchanges, whether there is a description to hold them against or not."""
        self._forgiving = False

    def __call__(self, exchange: Exchange, /) -> None:
        if exchange.injected:
            return
        self.seen += 1
        if not TALLY.compares("discord"):
            return
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


class ShiftedClock(SystemClock):
    """The machine's clock, which a test may put forward, or stop so that a busy machine changes nothing."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._stopped: float | None = None

    def now(self) -> float:
        return (super().now() if self._stopped is None else self._stopped) + self._ahead

    def stop(self) -> None:
        self._stopped = super().now()

    def advance(self, seconds: float) -> None:
        self._ahead += seconds


@pytest.fixture
def discord_clock() -> ShiftedClock:
    """The clock of the fixture ``discord``."""
    return ShiftedClock()


@pytest.fixture
def discord_checker() -> DiscordChecker:
    """What looks at the exchanges of the fixture ``discord``."""
    return DiscordChecker()


@pytest_asyncio.fixture
async def discord(
    discord_checker: DiscordChecker, discord_clock: ShiftedClock, standin_host: str
) -> AsyncIterator[DiscordServer]:
    """A Discord on free ports with the demo's world; what is said to it or by it must be as Discord says."""
    async with DiscordServer(
        world=default_world(clock=discord_clock),
        api=((standin_host, 0),),
        page=("127.0.0.1", 0),
        observer=discord_checker,
    ) as server:
        yield server
    assert not server.record.counters["internal_errors"], "the stand-in failed; its log says how"
    discord_checker.fail()


@pytest_asyncio.fixture
async def discord_http() -> AsyncIterator[aiohttp.ClientSession]:
    """A plain HTTP client."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def rest(discord: DiscordServer, discord_http: aiohttp.ClientSession) -> Rest:
    """REST by hand, with the demo bot's token."""
    return Rest(discord_http, discord.api_url, discord.token)


@pytest.fixture
def gateway(discord: DiscordServer, discord_http: aiohttp.ClientSession) -> Callable[..., Gateway]:
    """Makes connections to the gateway: ``async with gateway(compress="zlib-stream") as g``."""

    host, port = discord.api_addresses[0]

    def connect(url: str | None = None, **more: str) -> Gateway:
        return Gateway(discord_http, url or f"ws://{host}:{port}", **more)

    return connect
