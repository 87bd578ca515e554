"""What was run here, when, at which commit, and how it ended: files in ``.proof``, which git ignores."""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import os
import subprocess
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).resolve().parents[3]
RECORDS = ROOT / ".proof"
GIT_SECONDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When, at which commit (empty outside of git), and whether files differed from it."""

    at: str
    commit: str = ""
    changed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a gate or a bench; ``figures`` are the JSON objects that a bench printed."""

    moment: Moment
    passed: bool
    seconds: float
    figures: list[dict[str, Any]] = field(default_factory=list)


def now() -> Moment:
    """Return this moment."""
    at = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    commit = _git("rev-parse", "HEAD")
    if commit is None:
        return Moment(at=at)
    return Moment(at=at, commit=commit, changed=bool(_git("status", "--porcelain")))


def commits_since(commit: str) -> int | None:
    """Return how many commits were made since; None where it isn't among this one's forebears."""
    if not commit or _git("merge-base", "--is-ancestor", commit, "HEAD") is None:
        return None
    return int(_git("rev-list", "--count", f"{commit}..HEAD") or 0)


def keep_run(name: str, run: Run, *, directory: Path = RECORDS) -> None:
    """Keep a run in place of the last one of that name."""
    with _changing(directory / "runs.json") as runs:
        runs[name] = asdict(run)


def kept_runs(*, directory: Path = RECORDS) -> dict[str, Run]:
    """Return the last run of each gate and bench that ever ran here."""
    return {
        name: Run(**(run | {"moment": Moment(**run["moment"])}))
        for name, run in _read(directory / "runs.json").items()
    }


def keep_outcomes(outcomes: Mapping[str, str], moment: Moment, *, directory: Path = RECORDS) -> None:
    """Keep how tests ended, by their ids; those that weren't run keep what they had."""
    with _changing(directory / "tests.json") as kept:
        kept |= {test: {"outcome": outcome, **asdict(moment)} for test, outcome in outcomes.items()}


def kept_outcomes(*, directory: Path = RECORDS) -> dict[str, tuple[str, Moment]]:
    """Return each test's last outcome and when that was."""
    return {
        test: (one.pop("outcome"), Moment(**one)) for test, one in _read(directory / "tests.json").items()
    }


def _read(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return found


@contextmanager
def _changing(path: Path) -> Iterator[dict[str, Any]]:
    """Change a file of JSON while nobody else does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with (path.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        content = _read(path)
        yield content
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(content, indent=1), encoding="utf-8")
        fresh.replace(path)


def _git(*words: str) -> str | None:
    """Return what git says, None where it fails or isn't there."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            ["git", "-C", str(ROOT), *words],
            capture_output=True,
            text=True,
            check=True,
            timeout=GIT_SECONDS,
            env=clean,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
