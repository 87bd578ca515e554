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
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from botpod.errors import LeaseLost
from botpod.inbox.port import Claim, Entry
from botpod.inbox.redis import RedisInbox
from botpod.state.port import Lease, Session
from botpod.state.redis import RedisState
from botpod.state.redisstore import RedisStore, connect

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from redis.asyncio import Redis
    from redis_server import RedisServer

SHARD, PODS = 0, "abc"
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
    frozen: bool = False
    """Its leases ran out: it doesn't know yet."""


class Story(RuleBasedStateMachine):
    """Events are their sequences; one session lasts through all of it."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.redis: Redis = connect(url)
        self.do(self.redis.flushdb())
        self.sent, self.lives = 0, 0
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

    def session(self, sequence: int) -> Session:
        return Session(id="s", sequence=sequence, resume_url="u", shard_count=1)

    @rule()
    def discord_sends(self) -> None:
        self.sent += 1
        for pod in self.pods.values():
            if pod.lease is not None:
                pod.received.append(self.sent)

    @rule(name=st.sampled_from(PODS))
    def take_the_shard(self, name: str) -> None:
        pod = self.pod(name)
        if pod.lease is not None or pod.frozen:
            return
        pod.lease = self.do(pod.state.acquire(SHARD))
        if pod.lease is None:
            return
        held = {entry.id for _, entry in pod.taken} | {entry.id for entry in pod.running.values()}
        for entry in self.do(pod.inbox.left(SHARD)):
            if entry.id not in held:
                pod.taken.append((int(entry.text), entry))
        pod.sequence = pod.lease.session.sequence if pod.lease.session else 0
        pod.received = list(range(pod.sequence + 1, self.sent + 1))

    @rule(name=st.sampled_from(PODS), most=st.integers(1, 3))
    def write_to_the_inbox(self, name: str, most: int) -> None:
        pod = self.pod(name)
        group = pod.received[:most]
        if pod.lease is None or not group:
            return
        texts = [str(sequence) for sequence in group]
        try:
            entries = self.do(pod.inbox.take(pod.lease, texts, self.session(group[-1])))
        except LeaseLost:
            pod.lease, pod.received = None, []
            return
        pod.received = pod.received[most:]
        pod.sequence = group[-1]
        pod.taken += zip(group, entries, strict=True)

    @rule(name=st.sampled_from(PODS), pick=picks)
    def begin_to_handle(self, name: str, pick: int) -> None:
        pod = self.pod(name)
        if not pod.taken:
            return
        sequence, entry = pod.taken.pop(pick % len(pod.taken))
        match self.do(pod.inbox.claim(str(sequence))):
            case Claim.OURS:
                pod.running[sequence] = entry
            case Claim.DONE:
                self.do(pod.inbox.settle(str(sequence), entry))
            case Claim.ELSEWHERE:
                pod.taken.append((sequence, entry))

    @rule(name=st.sampled_from(PODS), pick=picks)
    def end_handling(self, name: str, pick: int) -> None:
        pod = self.pod(name)
        if not pod.running:
            return
        sequence = sorted(pod.running)[pick % len(pod.running)]
        self.do(pod.inbox.settle(str(sequence), pod.running.pop(sequence)))
        self.done[sequence] += 1

    @rule(name=st.sampled_from(PODS))
    def hand_over(self, name: str) -> None:
        pod = self.pod(name)
        if pod.lease is None:
            return
        self.do(pod.state.release(pod.lease, self.session(pod.sequence)))
        pod.lease, pod.received = None, []

    @rule(name=st.sampled_from(PODS))
    def stop(self, name: str) -> None:
        """Give everything up: what isn't handled, somebody else handles."""
        self.hand_over(name)
        pod = self.pods.pop(name)
        for sequence in pod.running:
            self.do(pod.inbox.let_go(str(sequence)))
        self.do(pod.inbox.leave())

    @rule(name=st.sampled_from(PODS))
    def die(self, name: str) -> None:
        """Be killed; its leases run out after it."""
        self._expire(self.pod(name))
        del self.pods[name]

    @rule(name=st.sampled_from(PODS))
    def freeze(self, name: str) -> None:
        """Have its leases run out without noticing; its handlers stand still meanwhile."""
        pod = self.pod(name)
        self._expire(pod)
        pod.frozen = True

    @rule(name=st.sampled_from(PODS))
    def thaw(self, name: str) -> None:
        """Say again that it lives; it looks again who is on what it had begun."""
        pod = self.pod(name)
        if not pod.frozen:
            return
        pod.frozen = False
        self.do(pod.inbox.live())
        for sequence in sorted(pod.running):
            if not self.do(pod.inbox.holds(str(sequence))):
                del pod.running[sequence]

    def _expire(self, pod: Pod) -> None:
        key = pod.state._store.key
        self.do(self.redis.zrem(key("alive"), pod.state.pod))
        if pod.lease is not None and self.do(self.redis.hget(key("owner"), str(SHARD))) == pod.state.pod:
            self.do(self.redis.zrem(key("until"), str(SHARD)))
            self.do(self.redis.hdel(key("owner"), str(SHARD)))

    @invariant()
    def nobody_is_on_what_another_who_lives_is_on(self) -> None:
        on = Counter(sequence for pod in self.pods.values() if not pod.frozen for sequence in pod.running)
        assert not [sequence for sequence, count in on.items() if count > 1]

    @invariant()
    def nothing_is_handled_twice(self) -> None:
        assert not [sequence for sequence, count in self.done.items() if count > 1]

    def teardown(self) -> None:
        try:
            for name in list(self.pods):
                self.die(name)
            self.take_the_shard("a")
            while self.pod("a").received:
                self.write_to_the_inbox("a", 3)
            while self.pod("a").taken:
                self.begin_to_handle("a", 0)
            while self.pod("a").running:
                self.end_handling("a", 0)
            assert self.done == Counter(range(1, self.sent + 1))
            assert self.do(self.pod("a").inbox.left(SHARD)) == ()
        finally:
            self.do(self.redis.aclose(close_connection_pool=True))
            self.runner.close()


async def _awaited(work: Any) -> Any:
    return await work


def test_each_event_is_handled_once_whatever_happens(redis_server: RedisServer) -> None:
    run_state_machine_as_test(
        lambda: Story(redis_server.url),
        settings=settings(
            max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
