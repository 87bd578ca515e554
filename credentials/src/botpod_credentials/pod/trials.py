"""Tries the values of a version at those who will receive them, when the operator asks for it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from botpod_credentials.errors import CredentialsUnusable
from botpod_credentials.judgement import UNASKED, judge

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod_credentials.judgement import Verdict
    from botpod_credentials.pod.order import Order
    from botpod_credentials.pod.reader import VaultReader
    from botpod_credentials.verify.examiner import Examiner

KEPT_SECONDS = 10.0
"""For so long the same is told again: whoever reaches the port must not have a vendor asked at will. The
operator is the one who waits, a minute at least after a refusal."""


class Trials:
    """One trial at a time; its answer stands for a while."""

    def __init__(self, *, reader: VaultReader, examiner: Examiner, clock: Callable[[], float]) -> None:
        self._reader = reader
        self._examiner = examiner
        self._clock = clock
        self._digest: str | None = None
        self._until = 0.0
        self._task: asyncio.Task[Verdict | CredentialsUnusable] | None = None

    async def verdict(self, order: Order, digest: str) -> Verdict | CredentialsUnusable | None:
        """Return what came of the values of this digest; None where no such trial is ordered."""
        if order.trial is None or order.trial.digest != digest:
            return None
        task = self._task
        if task is None or self._digest != digest or (task.done() and self._clock() >= self._until):
            self._digest = digest
            self._task = task = asyncio.create_task(self._try(order, order.trial.version), name="trial")
        return await asyncio.shield(task)

    async def _try(self, order: Order, version: int) -> Verdict | CredentialsUnusable:
        try:
            return await self._judged(order, version)
        except CredentialsUnusable as problem:
            return problem
        finally:
            self._until = self._clock() + KEPT_SECONDS

    async def _judged(self, order: Order, version: int) -> Verdict:
        values = await self._reader.read(order, version)
        if not order.verify:
            return UNASKED
        findings = await self._examiner.examine(
            keys=order.keys, addresses=order.addresses, values=values, fresh=True
        )
        return judge(
            findings,
            replaces=order.delivered not in (None, order.trial),
            application_id=order.application_id,
        )
