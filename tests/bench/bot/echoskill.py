"""A skill without a model, as a third party would install it: it answers with what it is asked."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from botpod.skills.protocol import Command, Manifest, Option

if TYPE_CHECKING:
    from pathlib import Path

    from botpod.skills.protocol import Reply, Request, SkillContext

NAME = "echo"
SLOW_SECONDS = 2.0


class Echo:
    """Answers with the question."""

    manifest = Manifest(
        name=NAME,
        description="Echoes.",
        commands=(
            Command(
                name="ask", description="Echo it", options=(Option(name="question", description="What."),)
            ),
        ),
    )

    async def handle(self, request: Request, reply: Reply) -> None:
        """Answer; what begins with "slowly" as slowly as a model would."""
        if request.text.startswith("slowly"):
            await asyncio.sleep(SLOW_SECONDS)
        await reply.send(request.text or str(request.options.get("question", "")))


def create(_: SkillContext) -> Echo:
    """Return the skill."""
    return Echo()


def install(directory: Path) -> None:
    """Let processes that are started from now on find the skill by its entry point."""
    metadata = directory / "echoskill-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: echoskill\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[botpod.skills]\n{NAME} = echoskill:create\n")
    sys.path.append(str(directory))
