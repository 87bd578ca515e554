"""Where the stand-in says that it can be reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_local.discord import DiscordServer

if TYPE_CHECKING:
    import aiohttp


async def test_an_ipv6_address_is_written_so_that_a_client_gets_there(
    discord_http: aiohttp.ClientSession,
) -> None:
    async with DiscordServer(api=(("::1", 0),), page=("::1", 0)) as discord:
        async with discord_http.get(f"{discord.api_url}/gateway") as answer:
            assert answer.status == 200
        async with discord_http.get(f"{discord.page_url}/control") as answer:
            assert answer.status == 200
