"""The process beside the bot, as the kubelet, the operator and the bot see it."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING, Any

import pytest
from credentialspod import PATH, CredentialsPod, credentials_pod
from eventually import patiently

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from botpod_local.discord import DiscordServer

GOOD = {"discord_token": "a-good-one", "note": "remember"}


@pytest.fixture
def pod(tmp_path: Path) -> Iterator[CredentialsPod]:
    with credentials_pod(tmp_path) as made:
        yield made


def test_files_appear_once_a_version_is_ordered_and_the_bot_waits_for_them(pod: CredentialsPod) -> None:
    version = pod.vault.write(PATH, **GOOD)
    pod.start()
    assert pod.get("/livez")[0] == 200
    assert pod.get("/started")[0] == 503
    pod.deliver(version)
    assert pod.get("/started")[0] == 200
    assert (pod.file("discord-token"), pod.file("note")) == ("a-good-one", "remember")
    assert pod.get("/status") == (200, {"delivery": f"{version:016x}", "problem": None})
    assert pod.end() == 0


async def test_a_trial_asks_discord_and_changes_no_file(pod: CredentialsPod, discord: DiscordServer) -> None:
    first = pod.vault.write(PATH, discord_token=discord.token, note="first")
    second = pod.vault.write(PATH, discord_token="not-a-token", note="second")
    pod.tell(addresses=pod.order["addresses"] | {"discord": discord.api_url})
    await asyncio.to_thread(pod.start)
    answer = await asyncio.to_thread(pod.tried, first)
    assert (answer["usable"], answer["deliver"], answer["reason"]) == (True, True, "Verified")
    assert answer["applicationId"] == str(discord.application.id)
    assert pod.file("discord-token") is None
    await asyncio.to_thread(pod.deliver, first)

    asked = len(discord.record.entries(kind="request"))
    answer = await asyncio.to_thread(pod.tried, second)
    assert (answer["deliver"], answer["reason"]) == (False, "CredentialRefused")
    assert "discord-token" in answer["message"]
    once = len(discord.record.entries(kind="request"))
    assert once > asked
    # Whoever asks again at once is told the same, and Discord isn't asked for it.
    assert await asyncio.to_thread(pod.tried, second) == answer
    assert len(discord.record.entries(kind="request")) == once
    assert pod.file("note") == "first"


def test_nothing_is_tried_that_was_not_ordered(pod: CredentialsPod) -> None:
    pod.vault.write(PATH, **GOOD)
    pod.start()
    assert pod.get("/trial/0123456789abcdef")[0] == 404
    assert pod.get("/trial/../../token")[0] == 404


@pytest.mark.parametrize(
    ("breaks", "mends", "says"),
    [
        (
            lambda pod: pod.vault.admin.sys.seal(),
            lambda pod: pod.vault.admin.sys.submit_unseal_key(pod.vault.key),
            "sealed",
        ),
        (
            lambda pod: pod.vault.admin.secrets.kv.v2.delete_secret_versions(PATH, [1]),
            lambda pod: pod.vault.admin.secrets.kv.v2.undelete_secret_versions(PATH, [1]),
            "version 1 of secret/bots/hello in Vault is deleted",
        ),
        (
            lambda pod: pod.vault.role("hello", namespace="team", account="bot-hello", paths=()),
            lambda pod: pod.vault.role("hello", namespace="team", account="bot-hello", paths=(PATH,)),
            "denied",
        ),
        (
            lambda pod: (pod.directory / "token").rename(pod.directory / "gone"),
            lambda pod: (pod.directory / "gone").rename(pod.directory / "token"),
            "no token",
        ),
    ],
    ids=["sealed", "deleted", "denied", "no token"],
)
def test_what_is_wrong_with_vault_is_told_and_it_goes_on_by_itself(
    pod: CredentialsPod,
    breaks: Callable[[CredentialsPod], Any],
    mends: Callable[[CredentialsPod], Any],
    says: str,
) -> None:
    pod.vault.write(PATH, **GOOD)
    pod.start()
    breaks(pod)
    pod.tell(delivered={"version": 1, "digest": "1" * 16})
    pod.problem(says)
    answer = pod.tried(1)
    assert (answer["usable"], answer["deliver"]) == (False, False)
    assert says in answer["message"]
    mends(pod)
    patiently(lambda: pod.file(".delivery") == "1" * 16, seconds=60)
    assert pod.get("/status")[1]["problem"] is None


def test_a_key_that_is_missing_leaves_what_is_there(pod: CredentialsPod) -> None:
    pod.vault.write(PATH, **GOOD)
    pod.start()
    pod.deliver(1)
    pod.vault.write(PATH, note="and no token")
    answer = pod.tried(2)
    assert (answer["usable"], answer["reason"]) == (False, "KeyMissing")
    assert pod.file("discord-token") == "a-good-one"


def test_a_password_of_the_class_is_swapped_without_asking_vault(pod: CredentialsPod) -> None:
    pod.vault.write(PATH, **GOOD)
    password = pod.directory / "passwords" / "redis-password"
    password.write_text("first")
    pod.tell(passwords=["redis-password"])
    pod.start()
    pod.deliver(1)
    assert pod.file("redis-password") == "first"
    pod.vault.admin.sys.seal()
    password.write_text("second")
    pod.tell()  # the kubelet swaps both together
    patiently(lambda: pod.file("redis-password") == "second", seconds=60)
    assert pod.file("discord-token") == "a-good-one"
    assert pod.get("/status")[1]["problem"] is None


def test_a_killed_process_leaves_the_bot_its_files_and_needs_no_vault_to_go_on(pod: CredentialsPod) -> None:
    pod.vault.write(PATH, **GOOD)
    pod.start()
    pod.deliver(1)
    pod.vault.admin.sys.seal()
    pod.end(signal.SIGKILL)
    assert pod.file("discord-token") == "a-good-one"
    pod.start()
    assert pod.get("/started")[0] == 200
    assert pod.get("/status")[1] == {"delivery": f"{1:016x}", "problem": None}


def test_an_order_that_is_not_understood_is_told_and_nothing_is_lost(pod: CredentialsPod) -> None:
    pod.vault.write(PATH, **GOOD)
    pod.start()
    pod.deliver(1)
    kept = pod.order["vault"]
    pod.tell(vault={"address": 7})
    pod.problem("vault.address")
    assert pod.get("/trial/1")[0] == 409
    assert pod.file("discord-token") == "a-good-one"
    pod.tell(vault=kept)
    patiently(lambda: pod.get("/status")[1]["problem"] is None, seconds=60)


@pytest.mark.timeout(300)
async def test_no_value_shows_in_a_hundred_rotations(pod: CredentialsPod, discord: DiscordServer) -> None:
    pod.tell(addresses=pod.order["addresses"] | {"discord": discord.api_url})
    await asyncio.to_thread(pod.start)
    canaries, shown = [], []
    for number in range(100):
        token, note = f"canary-{number:03}-token-b81c4e97", f"canary-{number:03}-note-b81c4e97"
        canaries += [token, note]
        good = number % 3 != 2
        if good:
            discord.application.token = token
        version = pod.vault.write(
            PATH, **({"note": note} if number % 7 == 6 else {"discord_token": token, "note": note})
        )
        answer = await asyncio.to_thread(pod.tried, version)
        shown += [str(answer), str(await asyncio.to_thread(pod.get, "/status"))]
        if answer["deliver"]:
            await asyncio.to_thread(pod.deliver, version)
            assert pod.file("note") == note
    shown.append(pod.log.read_text())
    everything = "".join(shown)
    assert all(reason in everything for reason in ("Verified", "CredentialRefused", "KeyMissing"))
    assert not [canary for canary in canaries if canary in everything]


def test_where_the_class_says_so_a_trial_asks_nobody(pod: CredentialsPod) -> None:
    version = pod.vault.write(PATH, **GOOD)
    pod.tell(verify=False)
    pod.start()
    answer = pod.tried(version)
    assert (answer["usable"], answer["deliver"], answer["verified"]) == (True, True, False)


def test_what_is_missing_is_said_until_it_is_there(pod: CredentialsPod) -> None:
    version = pod.vault.write(PATH, **GOOD)
    order = pod.directory / "order.json"
    order.unlink()
    pod.start()
    pod.problem("order.json can't be read (No such file or directory)")
    pod.tell(passwords=["sql-password"], delivered={"version": version, "digest": f"{version:016x}"})
    pod.problem("sql-password of the BotClass isn't in the pod")
    pod.tell(passwords=[])
    pod.has(version)
    assert pod.get("/status")[1]["problem"] is None


def test_files_that_can_not_be_written_are_said_and_tried_again(pod: CredentialsPod) -> None:
    version = pod.vault.write(PATH, **GOOD)
    pod.folder.rmdir()
    pod.start()
    pod.tell(delivered={"version": version, "digest": f"{version:016x}"})
    pod.problem("the pod's files can't be written (No such file or directory)")
    pod.folder.mkdir()
    pod.has(version)


def test_a_process_that_can_not_go_on_ends_so_that_another_may(pod: CredentialsPod) -> None:
    pod.start()
    assert pod.process is not None
    # No name of a file has it, and so nothing was made for it.
    pod.tell(passwords=["a\0b"], delivered={"version": 1, "digest": "d"})
    assert pod.process.wait(30) != 0
