"""What a cluster remembers of itself between two commands: ``cluster.json`` in its directory."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botpod_local.cache import locked, write_atomically
from botpod_local.cluster.layout import NETWORKS, NUMBERS, Layout, clusters_directory
from botpod_local.cluster.network import conflict, links, routes
from botpod_local.errors import Taken

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from botpod_local.progress import Progress

LOCK_TIMEOUT_S = 600
_FILE = "cluster.json"


@dataclass(frozen=True)
class State:
    """A cluster's layout, and whether an ``up`` of it has ever come to its end."""

    layout: Layout
    complete: bool = False


def read_state(cache: Path, name: str) -> State | None:
    """Return what the cluster ``name`` remembers, None where there is none."""
    try:
        kept = json.loads((clusters_directory(cache) / name / _FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    layout = Layout(name=name, number=kept["number"], cache=cache, resolvers=tuple(kept["resolvers"]))
    return State(layout, complete=kept["complete"])


def write_state(state: State) -> None:
    """Remember ``state``."""
    layout = state.layout
    kept = {"number": layout.number, "resolvers": layout.resolvers, "complete": state.complete}
    write_atomically(layout.state / _FILE, json.dumps(kept, indent=1))


def cluster_lock(cache: Path, name: str, progress: Progress) -> AbstractContextManager[None]:
    """Let one command at a time change the cluster ``name``."""
    return locked(
        cache / "locks" / f"cluster-{name}.lock",
        timeout_s=LOCK_TIMEOUT_S,
        waiting=lambda: progress.say(f"waiting for another command that changes cluster {name}"),
    )


def claim_subnets(cache: Path, name: str) -> State:
    """Choose free subnets for a new cluster and remember them. Raises Taken where all are in use."""
    with locked(cache / "locks" / "subnets.lock", timeout_s=LOCK_TIMEOUT_S):
        claimed = set(_claimed(cache))
        taken, interfaces = routes(), links()
        for number in NUMBERS:
            layout = Layout(name=name, number=number, cache=cache)
            free = not conflict(layout.subnets, taken, layout.link) and layout.link not in interfaces
            if number not in claimed and free:
                state = State(layout)
                write_state(state)
                return state
    ranges = " or ".join(f"{first}.0.0 to {last}.255.255" for first, *_, last in NETWORKS)
    raise Taken(
        f"every subnet that a cluster could use is taken ({ranges}): "
        "end a cluster, or the route that covers them."
    )


def _claimed(cache: Path) -> Iterator[int]:
    for directory in clusters_directory(cache).glob("*"):
        state = read_state(cache, directory.name)
        if state is not None:
            yield state.layout.number
