"""From one build of the operator to the next and back, by Helm, with bots of the earlier build running.

The earlier build is a commit of this repository, kept in ``earlier/``: its own chart, CRDs, operator and
bot. The bots' image stays that of the earlier build, as it does where only the operator is upgraded.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from builds import Build, earlier_build, this_build
from eventually import eventually
from installation import Installation
from stage import CHANNEL, Stage
from steady import CHAT, all_answered_once, changed, chat_until, steady

from botpod_local.cluster import Cluster
from botpod_local.demo.load import load_images
from botpod_local.discord import DiscordServer, default_world
from botpod_local.models import Reply
from botpod_local.progress import default_progress

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from discord_standin import DiscordChecker

    from botpod_local.models import ModelsServer

NAME = "e2e-upgrade"
LIMITS = {"messagesPerUser": 10_000, "concurrentPerUser": 64, "concurrentPerChannel": 64}

# A new machine builds the images of both builds first.
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A cluster of this file's own: CRDs are one cluster's, and other tests' bots shall not change theirs."""
    made = Cluster(NAME)
    try:
        made.up()
        yield made
    finally:
        made.down()


@pytest.fixture(scope="module")
def earlier(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Build:
    return earlier_build(cluster, tmp_path_factory.mktemp("earlier"))


@pytest.fixture(scope="module")
def this(cluster: Cluster) -> Build:
    return this_build(cluster)


@pytest.fixture(scope="module")
def installation(cluster: Cluster, earlier: Build) -> Installation:
    databases = load_images(cluster, default_progress(), kinds=("redis", "postgresql"))
    return Installation(cluster=cluster, bot_image=earlier.images["bot"], databases=databases)


@pytest.fixture
async def bots(
    installation: Installation, earlier: Build, models: ModelsServer, discord_checker: DiscordChecker
) -> AsyncIterator[dict[str, Stage]]:
    """Bots that the earlier build made: two pods that share Redis and PostgreSQL, and one with a disk."""
    models.control.on("who", lambda ask: Reply(text=ask.system.split(";")[0]))
    models.control.on("there", "yes")
    await installation.install(earlier)
    base = (await installation.system.get("botclass", "default"))["spec"]
    kinds = {"shared": (2, {}), "disk": (1, {"state": {"volume": {"size": "64Mi"}}})}
    made = {}
    async with AsyncExitStack() as stack:
        for name, (replicas, state) in kinds.items():
            discord = DiscordServer(
                world=default_world(),
                api=((installation.cluster.host_address, 0),),
                page=("127.0.0.1", 0),
                observer=discord_checker,
            )
            stage = Stage(
                cluster=installation.cluster,
                kubectl=replace(installation.system, namespace=f"e2e-{name}-{secrets.token_hex(2)}"),
                discord=await stack.enter_async_context(discord),
                models=models,
                base_class=base,
            )
            await stage.set_up(**state)
            await stage.start_bot(replicas=replicas, limits=LIMITS)
            await stage.kubectl.wait("bot/hello", f"jsonpath={{.status.readyReplicas}}={replicas}")
            made[name] = stage
        yield made
        discord_checker.fail()


@pytest.mark.req("CP-73", "AC-74", "AC-77")
@pytest.mark.partly(
    "AC-75", lacks="one goes back to a revision of Helm's and to an image; git has no version tags"
)
async def test_exchanging_the_operator_restarts_no_bot_and_a_new_image_of_the_bots_does(
    installation: Installation, earlier: Build, this: Build, bots: dict[str, Stage]
) -> None:
    await acts(installation, earlier, bots, "first")
    before = {name: await steady(stage) for name, stage in bots.items()}

    for exchange, build, text, anew in (
        # Once: the earlier build's Services had an address, which nobody but Discord asks for.
        (lambda: installation.install(this), this, "upgraded", {"service"}),
        (installation.roll_back, earlier, "rolled back", set()),
        (lambda: installation.install(this), this, "upgraded again", set()),
    ):
        await chat_until(asyncio.create_task(exchange()), bots.values())
        await acts(installation, build, bots, text)
        for stage in bots.values() if build is this else ():
            # Made by the version before, whose classes named no namespaces: they go on, and hear until when.
            told = await stage.condition("Accepted", reason="WillBeRefused")
            assert told["status"] == "True"
            assert f'BotClass "{stage.namespace}" is not for bots of namespace' in told["message"]
            assert "0.3" in told["message"]
        for name, stage in bots.items():
            was, now = before[name], await steady(stage)
            assert {kind for kind, _ in was.children.items() ^ now.children.items()} == anew
            assert not changed(replace(was, children=now.children), now)
            before[name] = now
    for stage in bots.values():
        await all_answered_once(stage, CHAT)
        await all_answered_once(stage, CHANNEL)

    for name, stage in bots.items():
        await replaced_by(this.images["bot"], stage)
        assert changed(before[name], await steady(stage)).keys() == {"pods", "template"}

    # One class disappoints and goes back; the other stays with the new image.
    await replaced_by(installation.bot_image, bots["shared"])
    for pod in await bots["shared"].pods():
        assert (await health(bots["shared"], pod["metadata"]["name"]))["status"] == "healthy"
    (other,) = await bots["disk"].pods()
    assert other["spec"]["containers"][0]["image"] == this.images["bot"]


async def health(stage: Stage, pod: str) -> dict[str, Any]:
    """Return what a pod's health page says."""
    page = f"/api/v1/namespaces/{stage.namespace}/pods/{pod}:8080/proxy/health"
    told: dict[str, Any] = json.loads(await stage.kubectl("get", "--raw", page))
    return told


async def replaced_by(image: str, stage: Stage) -> None:
    """Give the bots of the stage's class an image, and see each pod replaced and the bot answer."""
    await stage.kubectl.patch(f"botclass/{stage.namespace}", {"spec": {"image": image}})

    async def done() -> bool:
        pods = await stage.kubectl.items("pods", "-l", "botpod.dev/bot=hello")
        return {pod["spec"]["containers"][0]["image"] for pod in pods} == {image}

    await eventually(done, seconds=90, every=0.5)
    await stage.ask_until("!ask there", expect="yes")


async def acts(installation: Installation, build: Build, bots: dict[str, Stage], text: str) -> None:
    """See that a build's operator leads and carries an edit to the running pods."""
    await installation.led_by(build)
    for stage in bots.values():
        await stage.kubectl.patch("bot/hello", {"spec": {"instructions": f"{text};"}})
        await stage.ask_until("!ask who", expect=text)
