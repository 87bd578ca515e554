"""A refused token is tried by one request now and then, whoever waits for it, and all go on once it works."""

from __future__ import annotations

import asyncio
import random

import pytest
from virtual_time import run

from botpod.errors import CredentialRefused, Transient
from botpod.gateway.probing import PATIENCE_SECONDS, Probe

REFUSED = CredentialRefused("Discord refused the token.", credential="discord-token")


class Discord:
    """Takes the tokens in ``good``; counts those that it doesn't."""

    def __init__(self) -> None:
        self.token = "first"
        self.good: set[str] = set()
        self.refusals: list[float] = []
        self.told: list[bool] = []
        self.down = False
        loop = asyncio.get_running_loop()
        self.probe = Probe(
            token=lambda: self.token,
            told=lambda refusal: self.told.append(refusal is not None),
            random=random.Random(1).random,
            clock=loop.time,
        )

    async def ask(self, *, since: float | None = None) -> None:
        """Make a call until the token is taken, as answers do."""
        loop = asyncio.get_running_loop()
        since = loop.time() if since is None else since
        while True:
            called = False
            try:
                async with self.probe.passing(since=since):
                    called = True
                    await asyncio.sleep(0.05)
                    if self.down:
                        raise Transient("Discord can't be reached.")
                    if self.token not in self.good:
                        self.refusals.append(loop.time())
                        raise REFUSED
            except CredentialRefused:
                if not called:
                    raise
            else:
                return


def test_of_many_answers_one_at_a_time_tries_the_token() -> None:
    async def story() -> None:
        discord = Discord()
        asking = set[asyncio.Task[None]]()
        for _ in range(300):  # five a second for a minute
            asking.add(asyncio.create_task(discord.ask()))
            await asyncio.sleep(0.2)
        assert len(discord.refusals) <= 8
        assert discord.told == [True] * len(discord.refusals)
        discord.token = "second"
        discord.good = {"second"}
        await discord.probe.news()
        await asyncio.wait_for(asyncio.gather(*asking), 1)

    run(story())


def test_a_token_that_was_refused_by_mistake_is_found_to_work() -> None:
    async def story() -> None:
        discord = Discord()
        asking = [asyncio.create_task(discord.ask()) for _ in range(20)]
        await asyncio.sleep(5)
        refusals = len(discord.refusals)
        assert discord.probe.refused
        discord.good = {"first"}
        await asyncio.gather(*asking)
        assert len(discord.refusals) == refusals
        assert discord.told[-1] is False
        assert not discord.probe.refused

    run(story())


def test_whoever_has_waited_for_long_enough_is_told_why() -> None:
    async def story() -> None:
        discord = Discord()
        begun = asyncio.get_running_loop().time()
        asking = [asyncio.create_task(discord.ask()) for _ in range(5)]
        ended = await asyncio.gather(*asking, return_exceptions=True)
        assert ended == [REFUSED] * 5
        assert asyncio.get_running_loop().time() - begun <= PATIENCE_SECONDS + 61
        assert len(discord.refusals) < 20

    run(story())


def test_a_try_that_finds_nothing_out_is_another_ones_turn() -> None:
    async def story() -> None:
        discord = Discord()
        first = asyncio.create_task(discord.ask())
        await asyncio.sleep(0.2)
        discord.down = True
        other = asyncio.create_task(discord.ask())
        with pytest.raises(Transient):
            await first
        discord.down, discord.good = False, {"first"}
        await other

    run(story())


def test_a_try_that_is_given_up_is_another_ones_turn() -> None:
    async def story() -> None:
        discord = Discord()
        first = asyncio.create_task(discord.ask())
        other = asyncio.create_task(discord.ask())
        await asyncio.sleep(0.3)
        discord.good = {"first"}
        for _ in range(200):
            await asyncio.sleep(0.01)
            first.cancel()
        await other

    run(story())
