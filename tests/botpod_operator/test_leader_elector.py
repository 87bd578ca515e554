"""The calls of an election, with the API server played."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
from typing import Any

import pytest
from eventually import eventually
from prometheus_client import CollectorRegistry

from botpod_operator.errors import Conflict, Forbidden, LeadershipLost, NotFound, Transient
from botpod_operator.leader.candidate import Candidate, Terms
from botpod_operator.leader.elector import Elector
from botpod_operator.leader.leadership import Alone
from botpod_operator.metrics.leader import LeaderMetrics


class _Server:
    """One Lease; ``trouble`` is raised by every call, ``late`` by the next replacement, after it was done."""

    def __init__(self) -> None:
        self.lease: dict[str, Any] | None = None
        self.trouble: Exception | None = None
        self.late: Exception | None = None
        self.hangs = False
        self.calls = 0
        self._versions = itertools.count(1)

    @property
    def holder(self) -> str:
        return str((self.lease or {}).get("spec", {}).get("holderIdentity"))

    async def get(self, *_: object, **__: object) -> dict[str, Any] | None:
        await self._reach()
        return self.lease

    async def create(self, _: object, manifest: dict[str, Any]) -> dict[str, Any]:
        await self._reach()
        if self.lease is not None:
            raise Conflict("it exists")
        return self._keep(manifest)

    async def replace(self, _: object, manifest: dict[str, Any]) -> dict[str, Any]:
        await self._reach()
        if self.lease is None:
            raise NotFound("it is gone")
        if manifest["metadata"]["resourceVersion"] != self.lease["metadata"]["resourceVersion"]:
            raise Conflict("it changed")
        kept, late, self.late = self._keep(manifest), self.late, None
        if late:
            raise late
        return kept

    async def _reach(self) -> None:
        self.calls += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.trouble is not None:
            raise self.trouble

    def _keep(self, manifest: dict[str, Any]) -> dict[str, Any]:
        metadata = {**manifest["metadata"], "resourceVersion": str(next(self._versions))}
        self.lease = {**manifest, "metadata": metadata}
        return self.lease


class _Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


def _elector(server: _Server, time: _Time, identity: str = "me", *, call_seconds: float = 3.0) -> Elector:
    return Elector(
        candidate=Candidate(identity=identity, terms=Terms(call_seconds=call_seconds)),
        api=server,
        namespace="own",
        name="lease",
        metrics=LeaderMetrics(CollectorRegistry()),
        clock=time,
        now=lambda: dt.datetime.now(dt.UTC),
        sleep=time.sleep,
    )


async def _until_lost(elector: Elector) -> str:
    with pytest.raises(LeadershipLost) as lost:
        async with asyncio.timeout(5):
            await elector.run()
    return str(lost.value)


async def test_nothing_is_permitted_before_it_leads_nor_after_its_time() -> None:
    server, time = _Server(), _Time()
    elector = _elector(server, time)
    with pytest.raises(LeadershipLost):
        elector.permit()
    running = asyncio.create_task(elector.run())
    await elector.leading.wait()
    elector.permit()
    running.cancel()
    time.now += Terms().renew_seconds
    with pytest.raises(LeadershipLost):
        elector.permit()


async def test_an_api_server_that_is_away_costs_the_leadership() -> None:
    server, time = _Server(), _Time()
    elector = _elector(server, time)
    running = asyncio.create_task(_until_lost(elector))
    await elector.leading.wait()
    server.trouble = Transient("away")
    assert "could not be renewed for 7 s" in await running
    assert time.now <= Terms().lease_seconds + Terms().retry_seconds


async def test_a_renewal_whose_answer_got_lost_is_found_to_be_ones_own() -> None:
    server, time = _Server(), _Time()
    elector = _elector(server, time)
    running = asyncio.create_task(elector.run())
    await elector.leading.wait()
    server.late = Transient("the answer got lost")
    await eventually(lambda: time.now > 5 * Terms().lease_seconds)
    assert elector.leads()
    running.cancel()


async def test_a_call_that_hangs_ends() -> None:
    server, time = _Server(), _Time()
    server.hangs = True
    elector = _elector(server, time, call_seconds=0.01)
    running = asyncio.create_task(elector.run())
    await eventually(lambda: server.calls > 3)
    running.cancel()


async def test_a_release_comes_after_a_renewal_that_nobody_waited_for() -> None:
    server, time = _Server(), _Time()
    elector = _elector(server, time)
    running = asyncio.create_task(elector.run())
    await elector.leading.wait()
    running.cancel()
    assert server.lease is not None
    await server.replace(None, server.lease)
    await elector.release()
    assert server.holder == ""
    assert not elector.leads()


async def test_only_its_own_lease_is_released() -> None:
    server, time = _Server(), _Time()
    leader, other = _elector(server, time, "leader"), _elector(server, time, "other")
    running = asyncio.create_task(leader.run())
    await leader.leading.wait()
    await other.release()
    assert server.holder == "leader"
    running.cancel()


async def test_what_the_api_server_refuses_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    server, time = _Server(), _Time()
    server.trouble = Forbidden("leases is forbidden")
    elector = _elector(server, time)
    running = asyncio.create_task(elector.run())
    await eventually(lambda: server.calls > 5)
    assert not elector.able
    errors = [record for record in caplog.records if record.levelname == "ERROR"]
    assert len(errors) == 1
    assert "needs the rights" in errors[0].message
    server.trouble = None
    await eventually(lambda: elector.able)
    running.cancel()


async def _led(server: _Server, time: _Time) -> Elector:
    """Return one that leads and no longer runs, as at the end of a process."""
    elector = _elector(server, time)
    running = asyncio.create_task(elector.run())
    await elector.leading.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return elector


async def test_a_release_that_fails_is_said_and_the_lease_runs_out(caplog: pytest.LogCaptureFixture) -> None:
    server, time = _Server(), _Time()
    elector = await _led(server, time)
    server.trouble = Transient("away")
    await elector.release()
    assert server.holder == "me"
    assert "Lease not released, it runs out" in caplog.text


async def test_a_lease_that_went_to_another_by_hand_is_not_released() -> None:
    server, time = _Server(), _Time()
    elector = await _led(server, time)
    assert server.lease is not None
    taken = {**server.lease, "spec": {**server.lease["spec"], "holderIdentity": "somebody"}}
    await server.replace(None, taken)
    await elector.release()
    assert server.holder == "somebody"


@pytest.mark.parametrize(("conflicts", "holder"), [(1, ""), (9, "me")])
async def test_a_release_is_tried_again_where_the_lease_changes(conflicts: int, holder: str) -> None:
    server, time = _Server(), _Time()
    elector = await _led(server, time)
    replace, left = server.replace, itertools.count()

    async def contended(kind: object, manifest: dict[str, Any]) -> dict[str, Any]:
        if next(left) < conflicts:
            raise Conflict("it changed")
        return await replace(kind, manifest)

    server.replace = contended  # type: ignore[method-assign]
    await elector.release()
    assert server.holder == holder


async def test_a_namespace_that_is_not_there_is_said(caplog: pytest.LogCaptureFixture) -> None:
    server, time = _Server(), _Time()

    async def nowhere(*_: object) -> dict[str, Any]:
        server.calls += 1
        raise NotFound('namespaces "own" not found')

    server.create = nowhere  # type: ignore[method-assign]
    elector = _elector(server, time)
    running = asyncio.create_task(elector.run())
    await eventually(lambda: "can't lead" in caplog.text)
    running.cancel()
    assert not elector.leads()


async def test_the_only_operator_leads_from_the_start_and_gives_nothing_back() -> None:
    alone = Alone()
    alone.permit()
    assert (alone.able, alone.leads(), alone.leading.is_set()) == (True, True, True)
    running = asyncio.create_task(alone.run())
    assert not (await asyncio.wait({running}, timeout=0.05))[0]
    running.cancel()
    await alone.release()
    assert alone.leads()
