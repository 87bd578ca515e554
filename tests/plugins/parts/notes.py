"""What plug-ins want to have said at the end of a run of pytest, and of the part that it was."""

from __future__ import annotations

import pytest

NOTES = pytest.StashKey[list[str]]()


def note(config: pytest.Config, text: str) -> None:
    """Have ``text`` said."""
    config.stash.setdefault(NOTES, []).append(text)


def notes(config: pytest.Config) -> list[str]:
    """Return what is to be said."""
    return config.stash.get(NOTES, [])
