"""What a story leaves behind to be looked into: the stand-in's record, the gaps, and each pod's log."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from continuity.stories.pods import PodActs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from continuity.stories.acts import Acts
    from continuity.stories.play import Play
    from kubectl import Kubectl

LOOK_SECONDS = 2.0
"""How often a new pod is looked for: oftener than a pod lives."""


@contextlib.asynccontextmanager
async def kept(directory: Path, made: Play[Acts]) -> AsyncIterator[None]:
    """Keep all of it in ``directory`` while the block runs; how it ends doesn't matter.

    Following the logs costs a process for each pod, and with that some of the machine that is measured.
    """
    await asyncio.to_thread(directory.mkdir, parents=True, exist_ok=True)
    acts = made.acts
    following = asyncio.create_task(_follow_pods(directory, acts)) if isinstance(acts, PodActs) else None
    try:
        yield
    finally:
        if following is not None:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
        gaps = [asdict(gap) for gap in made.verdict().gaps]
        for name, content in (("record", made.scene.told()), ("gaps", gaps)):
            path = directory / f"{name}.json"
            await asyncio.to_thread(path.write_text, json.dumps(content, default=str), encoding="utf-8")


async def _follow_pods(directory: Path, acts: PodActs) -> None:
    """Write each container's output to a file of its own, from when the container runs until it ends."""
    followed: dict[str, asyncio.subprocess.Process] = {}
    try:
        while True:
            for pod in await acts.pods():
                name = pod["metadata"]["name"]
                for container in pod["status"].get("containerStatuses", ()):
                    run = f"{name}.{container['restartCount']}"
                    if run not in followed and "running" in container["state"]:
                        followed[run] = await _follow(acts.stage.kubectl, name, directory / f"{run}.log")
            await asyncio.sleep(LOOK_SECONDS)
    finally:
        for process in followed.values():
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def _follow(kubectl: Kubectl, pod: str, to: Path) -> asyncio.subprocess.Process:
    with to.open("wb") as out:
        return await kubectl.start(
            *("logs", "--follow", "--timestamps", pod), stdout=out, stderr=asyncio.subprocess.DEVNULL
        )
