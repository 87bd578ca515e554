"""Does what the candidate decides: the calls to the API server, each with a time-out of its own."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Protocol

from botpod_operator.errors import Conflict, LeadershipLost, NotFound, OperatorError, Rejected
from botpod_operator.kube.resources import LEASE
from botpod_operator.leader import lease as leases
from botpod_operator.leader.candidate import Lost, Read, Wait, Write

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from botpod_operator.kube.resources import Resource
    from botpod_operator.leader.candidate import Candidate
    from botpod_operator.metrics.leader import LeaderMetrics
    from botpod_operator.startup import Sleep

RELEASE_TRIES = 3

logger = logging.getLogger(__name__)


class Api(Protocol):
    """The calls that an election needs."""

    async def get(self, resource: Resource, *, name: str, namespace: str | None) -> dict[str, Any] | None:
        """Return an object, None where there is none."""

    async def create(self, resource: Resource, manifest: dict[str, Any]) -> dict[str, Any]:
        """Create an object."""

    async def replace(self, resource: Resource, manifest: dict[str, Any]) -> dict[str, Any]:
        """Replace an object of the same ``resourceVersion``."""


class Elector:
    """Takes part in the election by one Lease."""

    def __init__(
        self,
        *,
        candidate: Candidate,
        api: Api,
        namespace: str,
        name: str,
        metrics: LeaderMetrics,
        clock: Callable[[], float],
        now: Callable[[], dt.datetime],
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._candidate = candidate
        self._api = api
        self._namespace = namespace
        self._name = name
        self._clock = clock
        self._now = now
        self._sleep = sleep
        self._metrics = metrics
        self._wrote = False
        self._able = False
        self._refusal = ""
        self._holder: str | None = None
        self.leading = asyncio.Event()

    @property
    def able(self) -> bool:
        """Whether the API server lets this process take part, as it did when last asked."""
        return self._able

    def leads(self) -> bool:
        """Return whether this process may act at this moment."""
        return self._candidate.leads(self._clock())

    def permit(self) -> None:
        """Do nothing while this process leads.

        Raises:
            LeadershipLost: it doesn't.
        """
        if not self.leads():
            raise LeadershipLost(f"this process doesn't lead by the Lease {self._where}")

    async def run(self) -> None:
        """Take part for ever.

        Raises:
            LeadershipLost: this process led and doesn't any more.
        """
        while True:
            match self._candidate.step(self._clock()):
                case Wait(seconds):
                    await self._sleep(seconds)
                case Lost(why):
                    self._metrics.changed("lost")
                    raise LeadershipLost(f"the Lease {self._where} is lost: {why}")
                case Read() | Write() as step:
                    await self._call(step)

    async def release(self) -> None:
        """Give the Lease back where this process may have it; another one takes it at its next look."""
        over = isinstance(self._candidate.step(self._clock()), Lost)
        self._candidate.resign()
        if over or not self._wrote:
            return
        try:
            async with asyncio.timeout(self._candidate.terms.call_seconds):
                await self._give_back()
        except (OperatorError, TimeoutError) as error:
            said = str(error) or type(error).__name__
            logger.warning("Lease not released, it runs out", extra=self._told(detail=said))

    async def _give_back(self) -> None:
        for left in reversed(range(RELEASE_TRIES)):
            manifest = await self._api.get(LEASE, name=self._name, namespace=self._namespace)
            if manifest is None or leases.lease_in(manifest).holder != self._candidate.identity:
                return
            try:
                await self._api.replace(LEASE, leases.released(manifest, now=self._now()))
            except Conflict:
                if not left:
                    raise
                continue  # a renewal that nobody waits for any more came through in between
            self._metrics.changed("released")
            logger.info("Lease released", extra=self._told())
            return

    async def _call(self, step: Read | Write) -> None:
        begun = self._clock()
        try:
            async with asyncio.timeout(step.within):
                if isinstance(step, Read):
                    self._read(await self._api.get(LEASE, name=self._name, namespace=self._namespace))
                else:
                    self._written(await self._write(step), begun)
        except (Conflict, NotFound) as error:
            # A Lease that isn't found is made at the next try; a namespace that isn't, isn't.
            if isinstance(step, Write) and step.before is None and isinstance(error, NotFound):
                self._refused(error)
            self._candidate.was_outdated(now=self._clock())
        except (OperatorError, TimeoutError) as error:
            self._failed(error, begun)
        else:
            self._able, self._refusal = True, ""

    async def _write(self, step: Write) -> dict[str, Any]:
        before = (
            step.before.manifest
            if step.before is not None
            else leases.new(namespace=self._namespace, name=self._name)
        )
        manifest = leases.claimed(
            before,
            by=self._candidate.identity,
            seconds=self._candidate.terms.lease_seconds,
            now=self._now(),
        )
        self._wrote = True
        send = self._api.create if step.before is None else self._api.replace
        return await send(LEASE, manifest)

    def _read(self, manifest: dict[str, Any] | None) -> None:
        lease = leases.lease_in(manifest) if manifest is not None else None
        self._candidate.was_read(lease, now=self._clock())
        holder = lease.holder if lease is not None else ""
        if holder != self._holder and not self.leading.is_set():
            logger.info("standing by", extra=self._told(holder=holder))
        self._holder = holder

    def _written(self, manifest: dict[str, Any], begun: float) -> None:
        self._candidate.was_written(leases.lease_in(manifest), begun=begun, now=self._clock())
        if self.leads() and not self.leading.is_set():
            self._metrics.changed("acquired")
            logger.info("leading", extra=self._told())
            self.leading.set()

    def _failed(self, error: Exception, begun: float) -> None:
        if isinstance(error, Rejected):
            self._refused(error)
        else:
            said = str(error) or type(error).__name__
            logger.warning("the Lease could not be reached", extra=self._told(detail=said))
        self._candidate.failed(begun=begun, now=self._clock())

    def _refused(self, error: Exception) -> None:
        """Say it once; readiness says it for as long as it lasts."""
        if str(error) != self._refusal:
            logger.error(
                "this process can't lead: the API server refuses it the Lease; it needs the rights to get, "
                "create and update it",
                extra=self._told(detail=str(error)),
            )
        self._able, self._refusal = False, str(error)

    @property
    def _where(self) -> str:
        return f"{self._namespace}/{self._name}"

    def _told(self, **more: str) -> dict[str, str]:
        return {"lease": self._where, "identity": self._candidate.identity, **more}
