"""Who plays the stories: pods in a cluster of their own, or processes on this machine."""

from __future__ import annotations

import contextlib
import secrets
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from continuity.stories.play import play
from continuity.stories.podplay import pod_play
from kubectl import Kubectl
from redis_server import RedisServer
from stage import Stage, allowing, values

from botpod_local.cluster import Cluster
from botpod_local.demo.install import install_chart
from botpod_local.demo.load import load_images
from botpod_local.discord import DiscordServer
from botpod_local.models import ModelsServer
from botpod_local.progress import default_progress

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from continuity.stories.play import Cast, Play
    from continuity.stories.pods import PodActs
    from continuity.stories.processes import ProcessActs

NAME = "bench"

type Player = Callable[[Cast], AbstractAsyncContextManager[Play]]


@contextlib.asynccontextmanager
async def processes() -> AsyncIterator[Player]:
    """Give a player whose bots are processes that share a Redis of their own."""

    @contextlib.asynccontextmanager
    async def begin(cast: Cast) -> AsyncIterator[Play[ProcessActs]]:
        with tempfile.TemporaryDirectory(prefix="redis") as directory:
            redis = RedisServer(Path(directory))
            redis.start()
            try:
                async with (
                    DiscordServer() as discord,
                    ModelsServer() as models,
                    play(cast, discord=discord, models=models, redis=redis, echo=False) as made,
                ):
                    yield made
            finally:
                redis.kill()

    yield begin


@contextlib.asynccontextmanager
async def stages() -> AsyncIterator[Callable[[], AbstractAsyncContextManager[Stage]]]:
    """Bring up a cluster with the chart; give what makes a stage in it, and takes it away."""
    cluster = Cluster(NAME)

    @contextlib.asynccontextmanager
    async def begin() -> AsyncIterator[Stage]:
        kubectl = Kubectl(kubeconfig=cluster.kubeconfig, namespace=f"story-{secrets.token_hex(4)}")
        base = (await kubectl.get("botclass", "default"))["spec"]
        listen = ((cluster.host_address, 0),)
        async with DiscordServer(api=listen) as discord, ModelsServer(listen=listen) as models:
            base = allowing(base, kubectl.namespace)
            stage = Stage(cluster=cluster, kubectl=kubectl, discord=discord, models=models, base_class=base)
            await stage.set_up()
            try:
                yield stage
            except BaseException:
                sys.stderr.write(await kubectl("describe", "bot,pods") + "\n")
                raise
            finally:
                await kubectl("delete", "namespace", kubectl.namespace, "--wait=true", seconds=180)

    try:
        cluster.up()
        install_chart(cluster, values(cluster, load_images(cluster, default_progress())))
        yield begin
    finally:
        cluster.down()


@contextlib.asynccontextmanager
async def pods() -> AsyncIterator[Player]:
    """Give a player whose bots are BotInstances in a cluster of their own."""
    async with stages() as stage_begins:

        @contextlib.asynccontextmanager
        async def begin(cast: Cast) -> AsyncIterator[Play[PodActs]]:
            async with stage_begins() as stage:
                yield await pod_play(cast, stage)

        yield begin


PLAYERS = {"pods": pods, "processes": processes}
