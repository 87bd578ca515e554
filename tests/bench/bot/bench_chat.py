"""What an answer of a model costs, and how many come out: one process with PostgreSQL and an instant model.

One JSON object a line: name, value, unit, baseline, ratio, n. ``chat_answers_per_s``: answers a second while
50 questions a second are asked in many channels and Discord takes 50 requests a second. ``chat_cpu_ratio``:
processor time of the bare SDK's streamed call and one bare POST, divided by ours, of answers of 120 words.
``chat_first_words_s``: the median from a question to its first words while it is calm. ``refused_token_401``:
answers of 401 in a minute with a token that is refused while its session goes on, at five messages a second.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot_process import BotProcess
from contestants import NO_LIMITS, Contestant
from eventually import eventually
from figures import Figure, percentile
from postgresql import PASSWORD, PostgresqlServer
from processes import free_port

from botpod_local.discord import DiscordServer
from botpod_local.models import ModelsServer, Reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

ROOMS = 200
RATE = 50.0
CALM = 3.0
REFUSED_RATE = 5.0
WORDS = "A pod is a group of containers that share an address and disks and are placed together"
ANSWER = Reply(text=f"{'. '.join([WORDS] * 7)}.")
BARE = Path(__file__).parent / "bare_chat.py"


@asynccontextmanager
async def bot(discord: DiscordServer, models: ModelsServer) -> AsyncIterator[Contestant]:
    """Start a process that answers with the skill ``chat``, and remembers."""
    with (
        tempfile.TemporaryDirectory() as name,
        tempfile.TemporaryDirectory(prefix="pg") as sockets,
    ):
        server = PostgresqlServer(Path(sockets))
        server.create()
        server.start()
        directory = Path(name)
        for credential, value in (("discord-token", discord.token), ("sql", PASSWORD), ("openai", "key")):
            (directory / credential).write_text(value, encoding="utf-8")
        server.sql("CREATE DATABASE chat")
        process = BotProcess(
            directory, configuration(discord, models, directory, server.url("chat")), echo=False
        )
        try:
            await process.start()
            assert process.process is not None
            yield Contestant(process.process.pid)
        finally:
            await process.kill()
            server.stop()


def configuration(
    discord: DiscordServer, models: ModelsServer, directory: Path, database: str
) -> dict[str, Any]:
    """Return what is as usual, but for limits on people."""
    model = {"name": "m", "provider": "OpenAI", "model": "m", "baseUrl": models.openai_url}
    return {
        "bot": {"name": "bench"},
        "discord": {"apiUrl": discord.api_url, "shards": {"mode": "Fixed", "count": 1}},
        "credentials": {
            "directory": str(directory),
            "keys": [
                {"name": "discord-token", "kind": "DiscordToken"},
                {"name": "sql", "kind": "PostgreSQL"},
                {"name": "openai", "kind": "OpenAI"},
            ],
        },
        "models": [{**model, "credential": "openai"}],
        "limits": {**NO_LIMITS, "concurrent": 1000},
        "state": {"sql": {"url": database, "credential": "sql"}},
        "server": {"publicPort": free_port(), "internalPort": free_port()},
    }


@asynccontextmanager
async def world() -> AsyncIterator[tuple[DiscordServer, ModelsServer]]:
    """Give Discord with its limits and many channels, and a model that answers at once."""
    async with DiscordServer() as discord, ModelsServer() as models:
        models.control.on("", ANSWER)
        for room in range(ROOMS):
            discord.building.add_channel(f"bench-{room}")
        yield discord, models


async def ask(discord: DiscordServer, *, rate: float, number: int) -> set[str]:
    """Ask so many questions at a rate, in one channel after the other; return their ids."""
    loop = asyncio.get_running_loop()
    due, asked = loop.time(), set[str]()
    for one in range(number):
        room = f"bench-{one % ROOMS}"
        asked.add(discord.people.post(room, "ada", f"!ask what is pod {one}?")["id"])
        due += 1 / rate
        await asyncio.sleep(due - loop.time())
    return asked


def answered(discord: DiscordServer, after: int, asked: set[str]) -> list[tuple[float, float]]:
    """Return when each answered question was asked and answered, by the stand-in's clock."""
    at: dict[str, float] = {}
    pairs: list[tuple[float, float]] = []
    for entry in discord.record.entries(after=after, kind="message"):
        if entry["id"] in asked:
            at.setdefault(entry["id"], entry["at"])
        elif entry.get("reference") in at:
            pairs.append((at.pop(entry["reference"]), entry["at"]))
    return pairs


async def play(discord: DiscordServer, *, rate: float, number: int) -> list[tuple[float, float]]:
    """Ask, and wait until all is answered."""
    after = discord.record.last
    asked = await ask(discord, rate=rate, number=number)
    await eventually(lambda: len(answered(discord, after, asked)) == number, seconds=90, every=0.1)
    return answered(discord, after, asked)


async def throughput(seconds: float) -> Figure:
    """Measure how many answers come out while more are asked for than Discord lets through."""
    async with world() as (discord, models), bot(discord, models):
        await play(discord, rate=CALM, number=10)
        pairs = await play(discord, rate=RATE, number=int(RATE * seconds))
    first, last = min(asked for asked, _ in pairs), max(at for _, at in pairs)
    return Figure(name="chat_answers_per_s", value=len(pairs) / (last - first), unit="1/s", n=len(pairs))


async def calm(number: int) -> tuple[Figure, float]:
    """Measure first words while it is calm, and the processor time of an answer."""
    async with world() as (discord, models), bot(discord, models) as one:
        await play(discord, rate=CALM * 3, number=50)
        before = one.cpu_seconds
        pairs = await play(discord, rate=CALM * 3, number=number)
        cpu = (one.cpu_seconds - before) / number
    waits = [at - asked for asked, at in pairs]
    return Figure(name="chat_first_words_s", value=percentile(waits, 0.5), unit="s", n=number), cpu


async def bare(number: int) -> float:
    """Return the processor time of an answer without anything of ours."""
    async with world() as (discord, models):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(BARE), models.openai_url, discord.api_url, discord.token),
            stdin=asyncio.subprocess.PIPE,
        )
        assert process.stdin is not None
        who = Contestant(process.pid)
        rooms = [room.id for room in discord.world.channels.values() if room.name.startswith("bench-")]
        posts = "requests POST /channels/{channel_id}/messages"

        async def answer(count: int) -> None:
            done = discord.record.counters[posts] + count
            for one in range(count):
                process.stdin.write(f"{rooms[one % len(rooms)]}\n".encode())  # type: ignore[union-attr]
                await asyncio.sleep(1 / (CALM * 3))
            await eventually(lambda: discord.record.counters[posts] >= done, seconds=60)

        await answer(50)
        before = who.cpu_seconds
        await answer(number)
        cpu = (who.cpu_seconds - before) / number
        process.stdin.close()
        await process.wait()
        return cpu


async def refused(seconds: float) -> Figure:
    """Count the refusals of a token while its session goes on."""
    async with world() as (discord, models), bot(discord, models):
        await play(discord, rate=CALM, number=5)
        discord.faults.reset_token(linger=True)
        before = discord.record.counters["status 401"]
        await ask(discord, rate=REFUSED_RATE, number=int(REFUSED_RATE * seconds))
        count = discord.record.counters["status 401"] - before
    return Figure(name="refused_token_401", value=count * 60 / seconds, unit="1/min", n=int(seconds))


async def main() -> None:
    """Measure by turns."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60.0, help="how long the crowd and the refusal last")
    parser.add_argument("--number", type=int, default=300, help="questions in a calm round")
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args()
    say(await throughput(wanted.seconds / 2))
    ours, theirs, words = list[float](), list[float](), list[float]()
    for _ in range(wanted.rounds):
        first_words, cpu = await calm(wanted.number)
        ours.append(cpu)
        words.append(first_words.value)
        theirs.append(await bare(wanted.number))
        sys.stderr.write(f"{ours[-1] * 1000:.1f} ms an answer, bare {theirs[-1] * 1000:.1f} ms\n")
    say(Figure(name="chat_first_words_s", value=statistics.median(words), unit="s", n=len(words)))
    say(ratio(ours, theirs))
    say(await refused(wanted.seconds))


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> Figure:
    """Return what the bare call costs, divided by what ours does; both in milliseconds."""
    mine, base = statistics.median(ours), statistics.median(theirs)
    return Figure(name="chat_cpu_ratio", value=base / mine, unit="1", n=len(ours))


def say(figure: Figure) -> None:
    """Print a figure as soon as it is known."""
    sys.stdout.write(figure.line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
