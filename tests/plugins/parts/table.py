"""Which parts there are, and the command of each. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One run of pytest; ``covers`` says whether lines are counted: not where other processes do the work."""

    name: str
    paths: tuple[str, ...]
    without: tuple[str, ...] = ()
    dist: str = "load"
    covers: bool = True

    @property
    def by_hand(self) -> str:
        """What to type to run it alone."""
        return f'make test PARTS="{self.name}"'

    def there(self, root: Path) -> bool:
        """Say whether there is anything to run."""
        return any((root / path).exists() for path in self.paths)

    def command(self, python: str, *, workers: int, tell: Path) -> list[str]:
        """Return its words; it tells ``tell`` how it ended."""
        words = [python, "-m", "pytest", *self.paths, f"--tell={tell}", f"--numprocesses={workers}"]
        words += [f"--dist={self.dist}", *(f"--ignore={path}" for path in self.without)]
        return [*words, "--cov", "--cov-report="] if self.covers else words


CLUSTER, E2E, WALK = "tests/botpod_local/cluster", "tests/e2e", "tests/walk"
PARTS = (
    Part(name="unit", paths=("tests",), without=(CLUSTER, E2E, WALK)),
    # By itself: a browser gives up its requests when interfaces come and go.
    Part(name="cluster", paths=(CLUSTER,)),
    Part(name="e2e", paths=(E2E,), dist="loadfile"),
    # Two fresh machines at once: one waits for its registries while the other builds.
    Part(name="walk", paths=(WALK,), covers=False),
)
KEYS = ("DISCORD_TOKEN", "DISCORD_BOT_TOKEN", "OPENAI_API_KEY", "ANTHROPIC_API_KEY", "AZURE_OPENAI_API_KEY")
KEYS += ("GITHUB_TOKEN", "GITHUB_PAT")
"""What a vendor's own programs call its key. No test has one."""


def chosen(names: Iterable[str], parts: Sequence[Part] = PARTS) -> list[Part]:
    """Return the parts of those names in their order, all if there are none. ValueError: no such part."""
    wanted = set(names)
    strange = wanted - {part.name for part in parts}
    if strange:
        known = ", ".join(part.name for part in parts)
        raise ValueError(f"there is no part {', '.join(sorted(strange))}; there are {known}")
    return [part for part in parts if not wanted or part.name in wanted]


def surroundings(environment: Mapping[str, str], *, coverage: Path) -> dict[str, str]:
    """Return the environment of a part: no key of a vendor, and where its coverage goes."""
    return {k: v for k, v in environment.items() if k not in KEYS} | {"COVERAGE_FILE": str(coverage)}
