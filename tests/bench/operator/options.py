"""How much of everything a run measures; the defaults are the design's figures, less is for trying out."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import argparse


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Every field is an argument of the command line."""

    bots: int = 1000
    """0 leaves out all rows but the rotations."""
    rounds: int = 2
    """How often they converge anew."""
    edits: int = 200
    """With all bots, and as many again with a tenth of them."""
    idle: int = 60
    """Seconds without an edit."""
    rotations: int = 20
    """Each way, on a real cluster; 0 leaves these rows out."""

    @classmethod
    def add_to(cls, parser: argparse.ArgumentParser) -> None:
        """Let a command line take them."""
        for field in fields(cls):
            parser.add_argument(
                f"--{field.name}", type=int, default=field.default, help="default: %(default)s"
            )

    @classmethod
    def of(cls, parsed: argparse.Namespace) -> Self:
        """Return what a command line gave."""
        return cls(**{field.name: getattr(parsed, field.name) for field in fields(cls)})

    @property
    def arguments(self) -> tuple[str, ...]:
        """The command line that gives the same."""
        return tuple(f"--{name}={value}" for name, value in asdict(self).items())
