"""The baseline: for each line of standard input the vendor's SDK streams an answer, and one POST sends it.

Arguments: the model's base URL, the API's base URL of Discord, its token. Each line is a channel's id.
"""

from __future__ import annotations

import asyncio
import sys

import aiohttp
from openai import AsyncOpenAI


async def main(model_url: str, api_url: str, token: str) -> None:
    """Answer until standard input ends."""
    model = AsyncOpenAI(base_url=model_url, api_key="key", max_retries=0)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    headers = {"Authorization": f"Bot {token}"}
    async with aiohttp.ClientSession(headers=headers) as discord, asyncio.TaskGroup() as group:

        async def answer(channel: str) -> None:
            stream = await model.chat.completions.create(
                model="m",
                messages=[
                    {"role": "system", "content": "Be brief."},
                    {"role": "user", "content": "What is a pod?"},
                ],
                max_completion_tokens=1024,
                stream=True,
            )
            text = "".join([chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices])
            async with discord.post(f"{api_url}/channels/{channel}/messages", json={"content": text}) as sent:
                await sent.read()

        while line := await reader.readline():
            group.create_task(answer(line.decode().strip()))


asyncio.run(main(*sys.argv[1:]))
