"""``make demo`` as a person has it: a page, a bot that answers there, and what kubectl and Helm do to it.

The tests of this file share one demo and run in their order: workers take whole files (``--dist loadfile``).
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from browsing import ARGUMENTS, CHROMIUM
from eventually import eventually
from kubectl import Kubectl, KubectlFailed
from playwright.async_api import async_playwright, expect

from botpod_local.cluster import Cluster
from botpod_local.demo import install
from botpod_local.demo.install import RELEASE, chart_directory
from botpod_local.demo.plan import SYSTEM_NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "e2e-demo"
DEMO_SECONDS = 280
ANSWER_MILLISECONDS = 30_000
STANDIN = "stand-in model"

pytestmark = pytest.mark.timeout(DEMO_SECONDS + 60)


@dataclass(frozen=True)
class Demo:
    """A demo that runs."""

    said: str
    page: str
    kubectl: Kubectl


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


async def run(*command: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={key: value for key, value in os.environ.items() if not key.endswith(("_TOKEN", "_API_KEY"))},
    )
    try:
        out, _ = await asyncio.wait_for(process.communicate(), DEMO_SECONDS)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, out.decode()
    return out.decode()


async def local(*arguments: str) -> str:
    return await run(sys.executable, "-m", "botpod_local", *arguments)


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    said = asyncio.run(local("demo", "--name", NAME, "--page-port", str(free_port())))
    try:
        address = re.search(r"http://127\.0\.0\.1:\d+", said)
        assert address, said
        kubectl = Kubectl(kubeconfig=Cluster(NAME).kubeconfig, namespace="default")
        yield Demo(said, address[0], kubectl)
    finally:
        Cluster(NAME).down()


async def talk(demo: Demo, text: str, *, expected: str) -> None:
    """Say ``text`` on the page as a person would, and wait for the answer below it."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = await browser.new_page()
        await page.goto(demo.page)
        await page.locator("#composer-text").fill(text)
        await page.keyboard.press("Enter")
        log = page.get_by_role("log")
        await expect(log).to_contain_text(text.removeprefix("!ask "), timeout=ANSWER_MILLISECONDS)
        answers = page.locator(".message", has_text=expected)
        await expect(answers.last).to_be_visible(timeout=ANSWER_MILLISECONDS)
        await browser.close()


async def names_of_pods(demo: Demo) -> list[str]:
    pods = await demo.kubectl.items("pods", "-l", "botpod.dev/bot=hello")
    return sorted(pod["metadata"]["name"] for pod in pods if "deletionTimestamp" not in pod["metadata"])


async def test_a_message_typed_on_the_page_is_answered_by_a_pod_of_the_operator(demo: Demo) -> None:
    await talk(demo, "!ask who are you?", expected=STANDIN)
    (pod,) = await demo.kubectl.items("pods", "-l", "botpod.dev/bot=hello")
    (owner,) = pod["metadata"]["ownerReferences"]
    replicaset = await demo.kubectl.get("replicaset", owner["name"])
    assert replicaset["metadata"]["ownerReferences"][0]["name"] == "bot-hello"


async def test_a_second_demo_finds_the_first_and_changes_nothing(demo: Demo) -> None:
    before = await names_of_pods(demo)
    port = demo.page.rpartition(":")[2]
    again = await local("demo", "--name", NAME, "--page-port", port)
    assert demo.page in again
    assert await names_of_pods(demo) == before


@pytest.mark.req("CP-76")
async def test_one_replica_never_blocks_a_drain(demo: Demo) -> None:
    (before,) = await names_of_pods(demo)
    node = f"botpod-{NAME}"
    try:
        await demo.kubectl("drain", node, "--pod-selector=botpod.dev/bot=hello", "--delete-emptydir-data")
        assert before not in await names_of_pods(demo)
    finally:
        await demo.kubectl("uncordon", node)
    await demo.kubectl.wait("bot/hello", "condition=Available")
    await talk(demo, "!ask are you back after the drain?", expected="after the drain")


@pytest.mark.req("CP-76")
async def test_of_two_replicas_a_drain_takes_one_at_a_time(demo: Demo) -> None:
    node = f"botpod-{NAME}"
    await demo.kubectl("scale", "bot/hello", "--replicas=2")
    await demo.kubectl.wait("bot/hello", "jsonpath={.status.readyReplicas}=2")
    before = await names_of_pods(demo)
    try:
        with pytest.raises(KubectlFailed, match="disruption budget"):
            await demo.kubectl(
                *("drain", node, "--pod-selector=botpod.dev/bot=hello", "--delete-emptydir-data"),
                "--timeout=15s",
            )
        assert len(set(before) & set(await names_of_pods(demo))) == 1
    finally:
        await demo.kubectl("uncordon", node)
    await demo.kubectl.wait("bot/hello", "jsonpath={.status.readyReplicas}=2")
    await demo.kubectl("scale", "bot/hello", "--replicas=1")
    await demo.kubectl.wait("deployment/bot-hello", "jsonpath={.status.replicas}=1")


@pytest.mark.partly("AU-34", lacks="Redis holds limits, leases and the inbox; nothing is cached in it")
async def test_a_restarted_redis_is_found_again(demo: Demo) -> None:
    before = await names_of_pods(demo)
    first = await redis_as_the_bot_sees_it(demo)
    assert await connections_to_redis(demo)
    await demo.kubectl("delete", "pod", "botpod-redis-0", "-n", SYSTEM_NAMESPACE)
    await talk(demo, "!ask is redis away?", expected="is redis away?")
    await demo.kubectl(
        "rollout", "status", "statefulset/botpod-redis", "-n", SYSTEM_NAMESPACE, "--timeout=60s"
    )

    async def found_again() -> bool:
        told = await redis_as_the_bot_sees_it(demo)
        return told["problem"] is None and told["since"] > first["since"]

    await eventually(found_again, seconds=60, every=0.5)
    await eventually(lambda: connections_to_redis(demo), seconds=30, every=0.5)
    await talk(demo, "!ask is redis back?", expected="is redis back?")
    assert await names_of_pods(demo) == before


async def redis_as_the_bot_sees_it(demo: Demo) -> dict[str, Any]:
    """Return what the only pod says of Redis: its problem, and since when that is so."""
    (pod,) = await names_of_pods(demo)
    page = f"/api/v1/namespaces/default/pods/{pod}:9090/proxy/status"
    told: dict[str, Any] = json.loads(await demo.kubectl("get", "--raw", page))["dependencies"]["redis"]
    return told


async def connections_to_redis(demo: Demo) -> list[str]:
    """Return what Redis itself tells of its connections from the bot's pod."""
    (name,) = await names_of_pods(demo)
    address = (await demo.kubectl.get("pod", name))["status"]["podIP"]
    listed = await demo.kubectl(
        *("exec", "botpod-redis-0", "-n", SYSTEM_NAMESPACE, "--", "sh", "-c"),
        'REDISCLI_AUTH="$(cat /run/botpod/password)" redis-cli --tls --cacert /etc/botpod/ca.crt client list',
    )
    return [line for line in listed.splitlines() if f" addr={address}:" in line]


@pytest.mark.attack("listening_on_the_wire")
async def test_the_bot_speaks_to_its_databases_by_tls_alone(demo: Demo) -> None:
    (name,) = await names_of_pods(demo)
    address = (await demo.kubectl.get("pod", name))["status"]["podIP"]
    sessions = (
        "SELECT host(client_addr), ssl, usename FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)"
        " WHERE client_addr IS NOT NULL"
    )

    async def listed() -> list[list[str]]:
        told = await demo.kubectl(
            *("exec", "botpod-postgresql-0", "-n", SYSTEM_NAMESPACE, "--", "psql", "-qAt", "-h", "/tmp"),
            *("-U", "postgres", "-d", "botpod", "-c", sessions),
        )
        return [line.split("|") for line in told.splitlines()]

    rows = await listed()
    assert [user for host, _, user in rows if host == address and user.startswith("bot_")]
    assert {encrypted for _, encrypted, _ in rows} == {"t"}
    assert await connections_to_redis(demo)
    for pod, plain in (
        ("botpod-redis-0", ("redis-cli", "ping")),
        ("botpod-postgresql-0", ("psql", "postgresql://botpod@127.0.0.1/botpod?sslmode=disable", "-w")),
    ):
        with pytest.raises(KubectlFailed, match=r"Connection reset by peer|no encryption"):
            await demo.kubectl("exec", pod, "-n", SYSTEM_NAMESPACE, "--", *plain)


@pytest.mark.req("CP-73")
async def test_an_upgrade_of_the_chart_leaves_the_bots_alone(demo: Demo) -> None:
    before = await names_of_pods(demo)
    values = json.loads(await helm("get", "values", RELEASE, "-o", "json"))
    values["operator"]["logging"] = {"level": "DEBUG"}
    await helm(
        *("upgrade", RELEASE, str(chart_directory()), "--wait", "--timeout=120s", "--values", "-"),
        stdin=json.dumps(values),
    )
    await demo.kubectl.wait("bot/hello", "condition=Ready")
    assert await names_of_pods(demo) == before


@pytest.mark.req("CP-73")
async def test_bots_stay_when_the_chart_is_uninstalled(demo: Demo) -> None:
    before = await names_of_pods(demo)
    await helm("uninstall", RELEASE, "--wait", "--timeout=120s")

    async def gone() -> bool:
        return not await demo.kubectl.items("pods", "-n", SYSTEM_NAMESPACE)

    await eventually(gone, seconds=60, every=0.5)
    assert "hello" in await demo.kubectl("get", "bot")
    assert await names_of_pods(demo) == before
    await talk(demo, "!ask do you stay?", expected="do you stay?")


async def test_down_leaves_nothing_but_the_cache(demo: Demo) -> None:
    directory = demo.kubectl.kubeconfig.parent
    await local("down", "--name", NAME)
    assert not directory.exists()
    port = int(demo.page.rpartition(":")[2])
    with pytest.raises(OSError, match="Connect call failed"):
        await asyncio.open_connection("127.0.0.1", port)
    assert NAME not in await run("ps", "axww", "-o", "args")


async def helm(*arguments: str, stdin: str | None = None) -> str:
    return await asyncio.to_thread(install.helm, Cluster(NAME), *arguments, stdin=stdin)
