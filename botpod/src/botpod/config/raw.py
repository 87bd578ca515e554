"""Looks into a configuration that may still be wrong anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


def find(data: Any, *steps: str) -> Iterator[tuple[str, Any]]:
    """Yield ``(path, value)`` of what lies at ``steps``; ``*`` stands for every entry of a list.

    What is missing or of another shape yields nothing: the schema's own check speaks of that.
    """
    found = [("", data)]
    for step in steps:
        deeper: list[tuple[str, Any]] = []
        for path, value in found:
            if step == "*" and isinstance(value, list):
                deeper += [(f"{path}[{index}]", entry) for index, entry in enumerate(value)]
            elif isinstance(value, dict) and value.get(step) is not None:
                deeper.append((f"{path}.{step}" if path else step, value[step]))
        found = deeper
    yield from found


def texts(data: Any, *steps: str) -> Iterator[tuple[str, str]]:
    """Yield what :func:`find` does, but texts only."""
    yield from ((path, value) for path, value in find(data, *steps) if isinstance(value, str))


def text(data: Any, *steps: str, default: str) -> str:
    """Return the one text at ``steps``, or ``default``."""
    return next((value for _, value in texts(data, *steps)), default)
