"""The baseline: a nextcord client that connects, says so on standard output, and does nothing else.

Arguments: the API's base URL and the token.
"""

from __future__ import annotations

import sys

import nextcord
from nextcord.http import Route

Route.BASE = sys.argv[1]
client = nextcord.Client(intents=nextcord.Intents.default())


@client.event
async def on_ready() -> None:
    """Say so."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()


client.run(sys.argv[2])
