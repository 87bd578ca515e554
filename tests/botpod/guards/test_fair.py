"""A free place goes to the server that has least; whoever gives up leaves none taken."""

from __future__ import annotations

import asyncio

from botpod.guards.fair import FairSlots


class Crowd:
    """People who come, stay until they are let go, and are noted as they are served."""

    def __init__(self, places: int) -> None:
        self.slots = FairSlots(places)
        self.served: list[str] = []
        self.inside: dict[asyncio.Task[None], asyncio.Event] = {}

    async def come(self, server: str) -> asyncio.Task[None]:
        leave = asyncio.Event()

        async def stay() -> None:
            async with self.slots.hold(server=server, channel=f"channel of {server}"):
                self.served.append(server)
                await leave.wait()

        task = asyncio.create_task(stay())
        self.inside[task] = leave
        await asyncio.sleep(0)
        return task

    async def go(self, task: asyncio.Task[None]) -> None:
        self.inside.pop(task).set()
        await task
        await asyncio.sleep(0)

    async def end(self) -> None:
        for task in list(self.inside):
            task.cancel()
        await asyncio.gather(*self.inside, return_exceptions=True)


async def test_one_of_a_small_server_goes_before_a_crowd_that_came_earlier() -> None:
    crowd = Crowd(2)
    first, _ = [await crowd.come("large") for _ in range(20)][:2]
    await crowd.come("small")
    assert crowd.served == ["large", "large"]

    await crowd.go(first)

    assert crowd.served == ["large", "large", "small"]
    await crowd.end()


async def test_who_gives_up_takes_no_place_waiting_or_just_let_in() -> None:
    crowd = Crowd(1)
    async with crowd.slots.hold(server="first", channel="channel of first"):
        waiting, last = [await crowd.come(name) for name in ("waiting", "last")]
        waiting.cancel()
        await asyncio.sleep(0)
    # It was let in this very moment, and doesn't know it yet.
    last.cancel()
    await asyncio.gather(waiting, last, return_exceptions=True)

    await crowd.come("next")
    assert crowd.served == ["next"]
    await crowd.end()
