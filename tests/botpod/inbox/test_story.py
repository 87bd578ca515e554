"""Any order of taking, handling, handing over, dying and coming back: each event is handled once.

A real Redis keeps leases, inbox and ledger. Time passes by rules: what a lease's end would take away is taken
away when a rule says so.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from botpod.errors import LeaseLost
from botpod.inbox.port import Claim, Entry, NewEvent
from botpod.inbox.redis import RedisInbox
from botpod.state.port import Lease, Session
from botpod.state.redis import RedisState
from botpod.state.redisstore import RedisStore, connect

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from redis.asyncio import Redis
    from redis_server import RedisServer

SHARD, PODS = 0, "ab"
FOR_EVER = 3600.0
picks = st.integers(0, 5)


@dataclass
class Pod:
    """One life of a pod: what it holds in memory is gone with it."""

    name: str
    state: RedisState
    inbox: RedisInbox
    lease: Lease | None = None
    sequence: int = 0
    received: list[int] = field(default_factory=list)
    """Sequences that Discord has sent and that aren't in the inbox."""
    taken: list[tuple[int, Entry]] = field(default_factory=list)
    running: dict[int, Entry] = field(default_factory=dict)
    untold: dict[str, Entry | None] = field(default_factory=dict)
    """Handled, and told with what is written next."""
    frozen: bool = False
    """Its leases ran out: it doesn't know yet."""


class Story(RuleBasedStateMachine):
    """Events are their sequences; one session lasts through all of it."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.redis: Redis = connect(url)
        self.do(self.redis.flushdb())
        self.sent, self.lives, self.newest = 0, 0, 0
        self.pods: dict[str, Pod] = {}
        self.done: Counter[int] = Counter()

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(_awaited(work))

    def pod(self, name: str) -> Pod:
        if name not in self.pods:
            self.lives += 1
            store = RedisStore(self.redis, bot="b", pod=f"{name}{self.lives}", lease_seconds=FOR_EVER)
            self.pods[name] = Pod(name, RedisState(store), RedisInbox(store))
            self.do(self.pods[name].inbox.live())
        return self.pods[name]

    def one(self, pick: int, able: Callable[[Pod], object]) -> Pod:
        """Return one of the pods that can do something."""
        pods = [pod for _, pod in sorted(self.pods.items()) if able(pod)]
        return pods[pick % len(pods)]

    def any(self, able: Callable[[Pod], object]) -> bool:
        return any(able(pod) for pod in self.pods.values())

    @rule()
    def discord_sends(self) -> None:
        self.sent += 1
        for pod in self.pods.values():
            if pod.lease is not None:
                pod.received.append(self.sent)

    @rule(name=st.sampled_from(PODS))
    def start_or_take_the_shard(self, name: str) -> None:
        pod = self.pod(name)
        if pod.lease is None and not pod.frozen:
            pod.lease = self.do(pod.state.acquire(SHARD))
        else:
            return
        if pod.lease is None:
            return
        self.newest = pod.lease.fence
        mine = (*(entry for _, entry in pod.taken), *pod.running.values(), *pod.untold.values())
        held = {entry.id for entry in mine if entry is not None}
        for entry in self.do(pod.inbox.left(SHARD)):
            if entry.id not in held:
                pod.taken.append((int(entry.text), entry))
        pod.sequence = pod.lease.session.sequence if pod.lease.session else 0
        pod.received = list(range(pod.sequence + 1, self.sent + 1))

    @precondition(lambda self: self.any(lambda pod: pod.received))
    @rule(pick=picks, most=st.integers(1, 3), claim=st.booleans())
    def write_to_the_inbox(self, pick: int, most: int, *, claim: bool) -> None:
        pod = self.one(pick, lambda pod: pod.received)
        assert pod.lease is not None
        group = pod.received[:most]
        # What it is on or will be on it claims no second time, as its own memory tells.
        known = {sequence for sequence, _ in pod.taken} | set(pod.running) | set(map(int, pod.untold))
        events = [
            NewEvent(text=str(sequence), claim=str(sequence) if claim and sequence not in known else None)
            for sequence in group
        ]
        try:
            taking = pod.inbox.take(pod.lease, events, _session(group[-1]), handled=pod.untold)
            entries = self.do(taking)
            pod.untold = {}
        except LeaseLost:
            pod.lease, pod.received = None, []
            return
        assert pod.lease.fence == self.newest, "somebody else owns the shard by now"
        pod.received = pod.received[most:]
        pod.sequence = group[-1]
        for sequence, entry in zip(group, entries, strict=True):
            self._claimed(pod, sequence, entry, entry.claim or Claim.ELSEWHERE)

    @precondition(lambda self: self.any(lambda pod: pod.taken))
    @rule(pick=picks)
    def begin_to_handle(self, pick: int) -> None:
        pod = self.one(pick, lambda pod: pod.taken)
        sequence, entry = pod.taken.pop(0)
        self._claimed(pod, sequence, entry, self.do(pod.inbox.claim(str(sequence))))

    def _claimed(self, pod: Pod, sequence: int, entry: Entry, claim: Claim) -> None:
        match claim:
            case Claim.OURS | Claim.INHERITED:
                pod.running[sequence] = entry
            case Claim.DONE:
                self.do(pod.inbox.settle({str(sequence): entry}))
            case Claim.ELSEWHERE:
                pod.taken.append((sequence, entry))

    @precondition(lambda self: self.any(lambda pod: pod.running and not pod.frozen))
    @rule(pick=picks, later=st.booleans())
    def end_handling(self, pick: int, *, later: bool) -> None:
        pod = self.one(pick, lambda pod: pod.running and not pod.frozen)
        sequence = min(pod.running)
        pod.untold[str(sequence)] = pod.running.pop(sequence)
        self.done[sequence] += 1
        if not later:
            self._tell(pod)

    def _tell(self, pod: Pod) -> None:
        self.do(pod.inbox.settle(pod.untold))
        pod.untold = {}

    @precondition(lambda self: self.pods)
    @rule(pick=picks, what=st.sampled_from(["hand over", "renew late", "stop", "die", "freeze", "thaw"]))
    def trouble(self, pick: int, what: str) -> None:
        pod = self.one(pick, lambda _: True)
        match what:
            case "hand over" if pod.lease is not None:
                self.do(pod.state.release(pod.lease, _session(pod.sequence)))
                pod.lease, pod.received = None, []
            case "renew late" if pod.lease is not None:
                # With what was true before the last write: Discord then sends again what is in the inbox.
                self.do(pod.state.renew([pod.lease], {SHARD: _session(max(0, pod.sequence - 2))}))
            case "stop":
                self._stop(pod)
            case "die":
                self._expire(pod)
                del self.pods[pod.name]
            case "freeze":
                self._expire(pod)
                pod.frozen = True
            case "thaw" if pod.frozen:
                self._thaw(pod)

    def _stop(self, pod: Pod) -> None:
        """Give everything up: what isn't handled, somebody else handles."""
        if pod.lease is not None:
            self.do(pod.state.release(pod.lease, _session(pod.sequence)))
        for sequence in pod.running:
            self.do(pod.inbox.let_go(str(sequence)))
        self._tell(pod)
        self.do(pod.inbox.leave())
        del self.pods[pod.name]

    def _thaw(self, pod: Pod) -> None:
        """Say again that it lives; it looks again who is on what it had begun."""
        pod.frozen = False
        self.do(pod.inbox.live())
        for sequence in sorted(pod.running):
            if not self.do(pod.inbox.holds(str(sequence))):
                del pod.running[sequence]

    def _expire(self, pod: Pod) -> None:
        # Whoever inherits what it had handled and not told answers once more, and the nonce lets one appear.
        self.done -= Counter(map(int, pod.untold))
        pod.untold = {}
        store = pod.state._store
        self.do(self.redis.zrem(store.key("alive"), store.pod))
        until, owner = store.of_set("until"), store.of_set("owner")
        if pod.lease is not None and self.do(self.redis.hget(owner, str(SHARD))) == store.pod:
            self.do(self.redis.zrem(until, str(SHARD)))
            self.do(self.redis.hdel(owner, str(SHARD)))

    @invariant()
    def nobody_is_on_what_another_who_lives_is_on(self) -> None:
        on = Counter(sequence for pod in self.pods.values() if not pod.frozen for sequence in pod.running)
        assert not [sequence for sequence, count in on.items() if count > 1]

    @invariant()
    def nothing_is_handled_twice(self) -> None:
        assert not [sequence for sequence, count in self.done.items() if count > 1]

    def teardown(self) -> None:
        try:
            for _ in list(self.pods):
                self.trouble(0, "die")
            self.start_or_take_the_shard("a")
            pod = self.pod("a")
            for _ in range(10 * (self.sent + 1)):
                if pod.received:
                    self.write_to_the_inbox(0, 3, claim=False)
                if pod.taken:
                    self.begin_to_handle(0)
                if pod.running:
                    self.end_handling(0, later=False)
            assert self.done == Counter(range(1, self.sent + 1))
            assert self.do(pod.inbox.left(SHARD)) == ()
        finally:
            self.do(self.redis.aclose(close_connection_pool=True))
            self.runner.close()


def _session(sequence: int) -> Session:
    return Session(id="s", sequence=sequence, resume_url="u", shard_count=1)


async def _awaited(work: Any) -> Any:
    return await work


def test_each_event_is_handled_once_whatever_happens(redis_server: RedisServer) -> None:
    run_state_machine_as_test(
        lambda: Story(redis_server.url),
        settings=settings(
            max_examples=100, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
