"""Sets a scene in a real cluster without a gateway: Discord posts commands to the pods behind a Service."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import aiohttp
from continuity.stories.load import Load
from continuity.stories.scene import Scene
from continuity.stories.town import build
from eventually import eventually

from botpod_local.binaries import binary

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from stage import Stage

LIMITS = {"messagesPerUser": 10_000, "concurrentPerUser": 1_000, "concurrentPerChannel": 1_000}
FORGED = {"X-Signature-Ed25519": "00" * 64, "X-Signature-Timestamp": "1"}


@contextlib.asynccontextmanager
async def way_in(stage: Stage) -> AsyncIterator[str]:
    """Give an address that leads to the Service of the bot ``hello``, as an Ingress would."""
    process = await asyncio.create_subprocess_exec(
        *(str(binary("kubectl")), f"--kubeconfig={stage.kubectl.kubeconfig}", "proxy", "--port=0"),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        said = (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
        services = f"http://{said.split()[-1]}/api/v1/namespaces/{stage.namespace}/services"
        yield f"{services}/bot-hello:8080/proxy/interactions"
    finally:
        process.terminate()
        await process.wait()


@contextlib.asynccontextmanager
async def posted_play(stage: Stage, *, per_second: float, rooms: int) -> AsyncIterator[tuple[Scene, str]]:
    """Start the bot with two pods; give the scene, and the address that Discord posts to."""
    load = Load(
        stage.discord, build(stage.discord, guilds=1, rooms=rooms), per_second=per_second, command_every=1
    )
    flags = {"memory": False}
    await stage.start_bot(discord={"delivery": "Interactions"}, replicas=2, limits=LIMITS, flags=flags)
    await eventually(stage.discord.looking.commands, seconds=30)
    async with way_in(stage) as url:
        await point(stage, url)
        yield Scene(stage.discord, load), url


async def point(stage: Stage, url: str) -> None:
    """Tell Discord where to post, as the developer portal does."""
    headers = {"Authorization": f"Bot {stage.discord.token}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        where = f"{stage.discord.api_url}/applications/@me"
        async with session.patch(where, json={"interactions_endpoint_url": url}) as answer:
            assert answer.status == 200, await answer.text()


async def roll(stage: Stage) -> None:
    """Replace every pod."""
    await stage.kubectl("rollout", "restart", "deployment/bot-hello")
    await stage.kubectl("rollout", "status", "deployment/bot-hello", "--timeout=180s", seconds=190)


async def refused(url: str, number: int) -> int:
    """Post so many that are signed by nobody; return how many were refused."""
    async with aiohttp.ClientSession() as session:

        async def one() -> bool:
            async with session.post(url, json={"type": 1}, headers=FORGED) as answer:
                return answer.status == 401

        return sum(await asyncio.gather(*(one() for _ in range(number))))
