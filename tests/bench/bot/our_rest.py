"""What the bot itself sends with, doing what ``stock_nextcord.py`` does, with the same arguments."""

from __future__ import annotations

import asyncio
import json
import sys

from discord_rest import rest_client


async def main() -> None:
    """Send, in rounds."""
    channels, messages, rounds = json.loads(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5])
    loop = asyncio.get_running_loop()
    async with rest_client(sys.argv[1], sys.argv[2]) as bot:
        await bot.rest.login()
        for round_ in range(rounds):
            began = loop.time()
            await asyncio.gather(
                *(
                    bot.rest.send(c, f"{round_} {n}", nonce=f"{round_}.{n}.{c % 10**12}", reply_to=None)
                    for n in range(messages)
                    for c in channels
                )
            )
            sys.stdout.write(f"{loop.time() - began}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
