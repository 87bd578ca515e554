"""Interactions over HTTP, measured: commands at a steady rate while a bot's two pods are replaced.

One JSON object a line: name, value, unit, baseline, ratio, n. ``interactions_late``: neither answered nor
deferred within 3 s; ``interactions_lost``, ``interactions_twice``: without an answer, with several;
``interactions_rollouts``: how often both pods were replaced meanwhile; ``forged_taken``: of those that nobody
signed, how many were not refused.
"""

from __future__ import annotations

import argparse
import asyncio
import sys

from continuity.stories.posted import posted_play, refused, roll
from figures import Figure
from players import stages

FORGED = 200


async def main() -> None:
    """Ask, and roll until enough was asked."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--number", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=40.0, help="commands a second")
    wanted = parser.parse_args()
    rollouts = 0
    async with stages() as stage_begins, stage_begins() as stage:
        stage.discord.faults.set({"global_limit": 100_000})
        async with posted_play(stage, per_second=wanted.rate, rooms=40) as (scene, url):
            async with scene.asking():
                while scene.load.asked < wanted.number:
                    await roll(stage)
                    rollouts += 1
            taken = FORGED - await refused(url, FORGED)
        verdict = scene.verdict()
    for complaint in verdict.complaints():
        sys.stderr.write(complaint + "\n")
    number = verdict.commands
    figures = (
        Figure(name="interactions_late", value=len(verdict.late), unit="", n=number),
        Figure(name="interactions_lost", value=len(verdict.lost_commands), unit="", n=number),
        Figure(name="interactions_twice", value=len(verdict.commands_twice), unit="", n=number),
        Figure(name="interactions_rollouts", value=rollouts, unit=""),
        Figure(name="forged_taken", value=taken, unit="", n=FORGED),
    )
    sys.stdout.writelines(figure.line + "\n" for figure in figures)


if __name__ == "__main__":
    asyncio.run(main())
