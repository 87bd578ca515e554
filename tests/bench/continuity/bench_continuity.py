"""Continuity, measured: people ask at a steady rate while pods are replaced, killed, scaled, cut off.

``make bench-continuity`` prints one JSON object a line: name, value, unit, baseline, ratio, n. First each
story's figures with its name behind, then those over all; ``--help`` says which stories there are. What
counts is the Discord stand-in's own record alone, see ``tests/plugins/continuity``; ``standin_late`` says for
how long at most the stand-in itself, which is in this process, did nothing: a gap may be that long for it
alone. Of the longest gaps it is told which met such a moment.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from continuity.stories.play import Cast
from figures import Figure
from kept import kept
from lag import stalls
from players import PLAYERS
from repertoire import ONLY_PODS, RESHARD_FROM, RESHARD_TO, STORIES
from results import Result, figures, longest, totals

if TYPE_CHECKING:
    from collections.abc import Iterable

LEASE_SECONDS = 1.5
"""Below the 3 s of an interaction, so that whoever takes over a dead process's shards can still answer."""
LATENCY_SECONDS = 0.03
"""Each way between a bot and Discord."""
WORD_SECONDS = 0.02
"""From one word of an answer to the next: a fifth of a second for each answer."""
COMMAND_EVERY = 5


def arguments() -> argparse.Namespace:
    """Return what to tell, how often and how large."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("stories", nargs="*", metavar="STORY", help=f"of {', '.join(STORIES)}; left out: all")
    parser.add_argument("--players", choices=PLAYERS, default="pods", help="pods unless told")
    parser.add_argument("--times", type=int, help="how often each thing is done; left out: 50 restarts, …")
    parser.add_argument("--rate", type=float, default=20.0, help="questions a second")
    parser.add_argument("--shards", type=int, default=8)
    parser.add_argument("--replicas", type=int, default=2)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep records and pods' logs there")
    found = parser.parse_args()
    if unknown := set(found.stories) - set(STORIES):
        parser.error(f"there is no story {min(unknown)!r}; there are {', '.join(STORIES)}")
    if not found.stories:
        found.stories = [name for name in STORIES if found.players == "pods" or name not in ONLY_PODS]
    return found


async def main() -> None:
    """Tell the stories; print each one's figures as it ends, and all in all."""
    asked = arguments()
    cast = Cast(
        members=asked.replicas,
        shards=asked.shards,
        rooms=10,
        command_every=COMMAND_EVERY,
        per_second=asked.rate,
        lease_seconds=LEASE_SECONDS,
        latency=LATENCY_SECONDS,
        writing=WORD_SECONDS,
    )
    results: list[Result] = []
    async with PLAYERS[asked.players]() as player:
        for name in asked.stories:
            story = STORIES[name]
            size = replace(cast, shards=RESHARD_FROM, guilds=RESHARD_TO) if name == "reshard" else cast
            times = asked.times or story.times
            async with player(size) as made:
                keeping = kept(asked.keep / name, made) if asked.keep else contextlib.nullcontext()
                async with keeping, stalls(made.scene.discord.world.now) as late:
                    await story.tell(made, times)
                verdict = made.verdict()
            needed = times * story.identifies(size.shards)
            result = Result(name=name, verdict=verdict, needed=needed, sessions_end=story.sessions_end)
            results.append(result)
            say(figures(result))
            worst = max((stall.seconds for stall in late), default=0.0)
            say([Figure(name=f"standin_late_{name}_s", value=worst, unit="s")])
            for line in (*verdict.complaints(), *longest(result, late)):
                sys.stderr.write(f"{name}: {line}\n")
    say(totals(results))


def say(found: Iterable[Figure]) -> None:
    """Print figures."""
    for figure in found:
        sys.stdout.write(figure.line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
