"""Which Discord application a bot is: two bots that are the same one, and one that becomes another."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from world import conditions

if TYPE_CHECKING:
    from world import World

    from botpod_local.discord import DiscordServer


def _duplicated(world: World, name: str, *, there: bool) -> str:
    found = world.eventually(
        "botinstance",
        name,
        lambda bot: bool(bot.get("status")) and ("Duplicated" in conditions(bot)) is there,
    )
    return str(conditions(found).get("Duplicated", {}).get("message"))


async def test_two_bots_with_one_token_say_so_until_one_is_suspended(
    world: World, discord: DiscordServer
) -> None:
    def play() -> None:
        world.botclass(verifyCredentials=True, discord={"apiUrl": discord.api_url})
        for name in ("one", "two"):
            world.credentials(name, discord_token=discord.token)
            world.bot(name)
        for name, other in (("one", "two"), ("two", "one")):
            said = _duplicated(world, name, there=True)
            assert f'the same Discord application as another one ("{other}")' in said
        world.bot("two", suspend=True)
        _duplicated(world, "one", there=False)
        events = world.cluster.get("events", "-n", world.namespace)["items"]
        told = [(one["involvedObject"]["name"], one["type"], one["reason"]) for one in events]
        for name in ("one", "two"):
            assert told.count((name, "Warning", "SameApplication")) == 1
        assert ("one", "Normal", "DuplicatedNoMore") in told

    await asyncio.to_thread(play)


async def test_a_bot_whose_first_token_was_another_ones_can_become_what_it_is_to_be(
    world: World, discord: DiscordServer
) -> None:
    def play() -> None:
        world.botclass(verifyCredentials=True, discord={"apiUrl": discord.api_url})
        path = f"bots/{world.namespace}/hello"
        world.vault.role("hello", namespace=world.namespace, account="bot-hello", paths=(path,))
        world.bot()
        world.condition("CredentialsVerified", reason="VaultPathNotFound")
        # As after a first token of another application.
        change = json.dumps({"status": {"credentials": {"applicationId": "1" * 18}}})
        world.cluster.kubectl(
            *("patch", "bot", "hello", "-n", world.namespace, "--subresource=status", "--type=merge"),
            *("-p", change),
        )
        world.vault.write(path, discord_token=discord.token)
        said = world.condition("CredentialsVerified", reason="OtherApplication")["message"]
        assert f'where it isn\'t set, to "{discord.application.id}" to make this bot that one' in said
        world.bot(discord={"applicationId": str(discord.application.id)})
        world.condition("CredentialsVerified", reason="Verified")

    await asyncio.to_thread(play)
