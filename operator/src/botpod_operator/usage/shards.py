"""Which pod owns which shards, by what the pods say of themselves. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_SHARDS = 16_384
"""More than any bot on Discord has; what says more isn't believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """The shards of one pod, in order, and how many it believes there to be."""

    total: int
    shards: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """The shards of a bot: ``pods`` are its pods' names, in order, with what each owns."""

    total: int
    pods: tuple[tuple[str, tuple[int, ...]], ...]

    @property
    def owned(self) -> int:
        """How many shards some pod owns."""
        return len({shard for _, shards in self.pods for shard in shards})

    @property
    def settled(self) -> bool:
        """Whether each shard has one owner, and no pod has two more than another."""
        counts = [len(shards) for _, shards in self.pods]
        return self.owned == self.total == sum(counts) and max(counts) - min(counts) <= 1


def owned_in(content: Any) -> Owned | None:
    """Read a pod's answer, whatever it is; None where it tells of no shards."""
    total, shards = content.get("shardCount"), content.get("shards")
    if not isinstance(total, int) or not 0 < total <= MOST_SHARDS or not isinstance(shards, dict):
        return None
    numbers = {int(name) for name in shards if name.isdecimal() and len(name) < len(str(MOST_SHARDS)) + 1}
    return Owned(total=total, shards=tuple(sorted(number for number in numbers if number < total)))


def spread(said: Iterable[tuple[str, Owned | None]]) -> Spread | None:
    """Sum up what pods, by name, said; None where none tells of shards."""
    told = sorted((name, owned) for name, owned in said if owned is not None)
    if not told:
        return None
    return Spread(
        total=max(owned.total for _, owned in told),
        pods=tuple((name, owned.shards) for name, owned in told),
    )


def in_words(shards: Sequence[int]) -> str:
    """Return ordered numbers as people write them: ``0-3,7``."""
    runs = (
        [number for _, number in run] for _, run in groupby(enumerate(shards), lambda pair: pair[1] - pair[0])
    )
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)
