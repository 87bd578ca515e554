"""Who should own which shard. Pure: the same view leads every pod to the same plan."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botpod.state.port import View


@dataclass(frozen=True, slots=True)
class Plan:
    """Shards to try to take, in order, and at most one to give up."""

    claim: tuple[int, ...] = ()
    give_up: int | None = None


def plan(view: View, *, count: int, pod: str) -> Plan:
    """Decide for ``pod`` among ``view``'s, of ``count`` shards.

    Every pod gets ``count / pods`` shards, rounded either way. Of those above their share one gives up one
    shard at a time, so that as few as possible move; it can't claim it back, being at its share.
    """
    pods = sorted({*view.pods, pod})
    owned = Counter(dict.fromkeys(pods, 0))
    owned.update(owner for shard, owner in view.owners.items() if shard < count)
    least, most = count // len(pods), -(-count // len(pods))
    free = [shard for shard in range(count) if shard not in view.owners]
    mine = sorted(shard for shard, owner in view.owners.items() if owner == pod)

    starving = any(owned[name] < least for name in pods)
    room = (least if starving else most) - owned[pod]
    if free and room > 0:
        # Pods start looking at different places, so that they seldom reach for the same shard.
        start = len(free) * pods.index(pod) // len(pods)
        return Plan(claim=tuple((free[start:] + free[:start])[:room]))
    fullest = max(pods, key=lambda name: (owned[name], name))
    if not free and fullest == pod and mine and (owned[pod] > most or (owned[pod] > least and starving)):
        return Plan(give_up=mine[-1])
    return Plan()
