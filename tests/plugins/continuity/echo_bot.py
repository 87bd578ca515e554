"""A bot made with stock nextcord that echoes what it is told: what the checker must catch.

Arguments: the API's base URL, the token, the number of shards.
"""

from __future__ import annotations

import sys

import nextcord
from nextcord.http import Route

Route.BASE = sys.argv[1]
intents = nextcord.Intents.default()
intents.message_content = True
client = nextcord.AutoShardedClient(intents=intents, shard_count=int(sys.argv[3]))


@client.event
async def on_ready() -> None:
    """Say so."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()


@client.event
async def on_message(message: nextcord.Message) -> None:
    """Echo what a person says."""
    if not message.author.bot:
        await message.reply(message.content)


@client.slash_command(description="Echo it")
async def ask(interaction: nextcord.Interaction, question: str) -> None:
    """Echo a command's option."""
    await interaction.response.send_message(question)


client.run(sys.argv[2])
