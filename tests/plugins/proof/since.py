"""Says when something was run, for people. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from proof.record import Moment

SHORT = 7


def told(moment: Moment, commits: int | None) -> str:
    """Return e.g. ``recorded at abc1234, 3 commits ago``; ``commits`` is None if it is none of ours."""
    if not moment.commit:
        return f"recorded {moment.at} outside of git"
    ago = {None: "which this one doesn't come from", 0: "this commit", 1: "1 commit ago"}
    said = f"recorded at {moment.commit[:SHORT]}, {ago.get(commits, f'{commits} commits ago')}"
    return f"{said}, with changes" if moment.changed else said
