"""The baseline for REST: nextcord's own HTTP client, sending as fast as it dares.

Arguments: the API's base URL, the token, a JSON list of channels, how many messages each gets in a round, how
many rounds. Writes the seconds that each round took, a line each, to standard output.
"""

from __future__ import annotations

import asyncio
import json
import sys

import nextcord
from nextcord.http import Route


async def main() -> None:
    """Send, in rounds: the first one escapes the limiter that all channels share."""
    Route.BASE = sys.argv[1]
    channels, messages, rounds = json.loads(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5])
    client = nextcord.Client(intents=nextcord.Intents.none())
    await client.login(sys.argv[2])
    loop = asyncio.get_running_loop()
    for round_ in range(rounds):
        began = loop.time()
        await asyncio.gather(
            *(client.http.send_message(c, f"{round_} {n}") for n in range(messages) for c in channels)
        )
        sys.stdout.write(f"{loop.time() - began}\n")
        sys.stdout.flush()
    await client.http.close()


if __name__ == "__main__":
    asyncio.run(main())
