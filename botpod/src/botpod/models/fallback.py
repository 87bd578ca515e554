"""The configured models behind one door: asked in their order until one has given the whole answer."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from botpod.errors import NoModelAnswers, NoModelConfigured, Rejected, Transient
from botpod.models.backoff import Rounds, delay
from botpod.models.ending import Declined, Shortened, unanswered
from botpod.models.endpoint import Endpoint
from botpod.models.vendors import Vendors, warm

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence

    from botpod.config.schema import ModelSection
    from botpod.models.breaker import Policy
    from botpod.models.observe import Attempt, Observer
    from botpod.skills.protocol import Turn

_log = logging.getLogger(__name__)


def _unheard(_: Attempt) -> None:
    """Listen to nothing."""


class ConfiguredModels:
    """The models of a configuration; implements :class:`botpod.skills.protocol.Models`.

    When a model fails, also in the middle of its answer, the next one goes on; when all have failed, all that
    may still work are asked again, ``rounds.count`` times at most.
    """

    def __init__(
        self,
        sections: Sequence[ModelSection],
        *,
        secret: Callable[[str], str],
        observer: Observer = _unheard,
        policy: Policy | None = None,
        rounds: Rounds | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._vendors = Vendors()
        self._endpoints = tuple(
            Endpoint(
                section,
                build=self._vendors.model,
                secret=secret,
                clock=clock,
                observer=observer,
                policy=policy,
            )
            for section in sections
        )
        self._rounds = rounds or Rounds()
        self._clock = clock

    async def answer(
        self, turns: Sequence[Turn], *, instructions: str, correlation_id: str
    ) -> AsyncGenerator[str]:
        """Yield the answer's text in pieces.

        Raises :class:`botpod.errors.NoModelConfigured` where there is none, and
        :class:`botpod.errors.NoModelAnswers` when every one has failed, by its kind where a reader can do
        something about it. What the vendor declines is put to no other, unless the configuration says so.
        """
        if not self._endpoints:
            raise NoModelConfigured("No model is configured.")
        deadline = self._clock() + self._rounds.total
        said, left, number = "", self._endpoints, 0
        reasons: list[Rejected] = []
        while True:
            asked: list[float | None] = []
            hopeful: list[Endpoint] = []
            for endpoint in left:
                try:
                    pieces = endpoint.stream(turns, instructions=instructions, said=said)
                    async with aclosing(pieces):
                        async for piece in pieces:
                            said += piece
                            yield piece
                except Rejected as error:
                    self._tell(endpoint, error, correlation_id)
                    reasons.append(error)
                    _check_goes_on(error, endpoint)
                except Transient as error:
                    self._tell(endpoint, error, correlation_id)
                    hopeful.append(endpoint)
                    asked.append(error.retry_after)
                else:
                    return
                if self._clock() >= deadline:
                    raise NoModelAnswers("No model answered in time.")
            jitter = random.random()  # noqa: S311 - it spreads requests, it hides nothing
            wait = delay(number, asked=asked, rounds=self._rounds, jitter=jitter)
            if wait is None or self._clock() + wait >= deadline:
                soonest = min((one for one in asked if one is not None), default=None)
                raise unanswered(() if hopeful else reasons, retry_after=soonest)
            await asyncio.sleep(wait)
            left, number = tuple(hopeful), number + 1

    def _tell(self, endpoint: Endpoint, error: Exception, correlation_id: str) -> None:
        _log.warning(
            "A model did not answer",
            extra={"model": endpoint.name, "problem": str(error), "answer": correlation_id},
        )

    def status(self) -> dict[str, Any]:
        """Return how each model stands, by name, as JSON values."""
        return {endpoint.name: endpoint.status() for endpoint in self._endpoints}

    async def warm(self) -> None:
        """Import what the vendors need, off the event loop."""
        await warm(endpoint.section for endpoint in self._endpoints)

    async def close(self) -> None:
        """Close all connections."""
        await self._vendors.close()


def _check_goes_on(error: Rejected, endpoint: Endpoint) -> None:
    """Raise what to tell where no other model is to go on."""
    declined = isinstance(error, Declined) and endpoint.section.when_declined == "Tell"
    if declined or isinstance(error, Shortened):
        raise unanswered((error,), retry_after=None) from None
