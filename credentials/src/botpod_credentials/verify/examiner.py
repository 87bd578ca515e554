"""Asks about credentials: each value once, a few at a time, and never longer than the caller can wait."""

from __future__ import annotations

import asyncio
import ssl
import time
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from botpod_credentials.verify.answers import Answer, Finding, Said
from botpod_credentials.verify.memory import Memory
from botpod_credentials.verify.questions import Question, Questions
from botpod_credentials.verify.web import QUESTION_SECONDS, Web

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod_credentials.addresses import Addresses
    from botpod_credentials.keys import Key
    from botpod_credentials.values import SecretValues

OVERALL_SECONDS = 10.0
"""Discord's two requests; also the longest that anybody waits for a turn and the answer together."""
AT_ONCE = 16
"""Questions to one address side by side: a thousand different tokens at a start take some ten seconds, and no
vendor sees a burst. Each address has its own, so that one that hangs holds up nobody who asks another."""


class Examiner:
    """Asks the services that will receive credentials whether they accept them.

    ``clock`` is monotonic, ``now`` gives Unix time, ``tls`` replaces the system's CAs.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
        tls: ssl.SSLContext | None = None,
        question_seconds: float = QUESTION_SECONDS,
        overall_seconds: float = OVERALL_SECONDS,
        at_once: int = AT_ONCE,
    ) -> None:
        self._web = Web(tls=tls, seconds=question_seconds)
        self._questions = Questions(
            web=self._web,
            now=now,
            tls=lambda: tls or ssl.create_default_context(),
            seconds=question_seconds,
        )
        self._memory = Memory(clock=clock)
        self._overall = overall_seconds
        self._at_once = at_once
        self._slots: WeakValueDictionary[tuple[str, ...], asyncio.Semaphore] = WeakValueDictionary()
        self._asking: dict[bytes, asyncio.Task[Said]] = {}

    async def examine(
        self, *, keys: tuple[Key, ...], addresses: Addresses, values: SecretValues, fresh: bool = False
    ) -> tuple[Finding, ...]:
        """Return a finding for each key, in their order; never raises.

        ``fresh`` asks again what was answered before; a question under way is joined all the same.
        """
        said = await asyncio.gather(*(self._said(key, addresses, values, fresh=fresh) for key in keys))
        return tuple(one.about(key) for key, one in zip(keys, said, strict=True))

    async def close(self) -> None:
        """End what is being asked; whoever waits for it gets an unclear answer."""
        asking = tuple(self._asking.values())
        for task in asking:
            task.cancel()
        if asking:
            await asyncio.wait(asking, timeout=self._overall)
        await self._web.close()

    async def _said(self, key: Key, addresses: Addresses, values: SecretValues, *, fresh: bool) -> Said:
        question = self._questions.of(key.kind, addresses)
        if isinstance(question, Said):
            return question
        if key.name not in values.names:
            return question.service.unclear("there is no value to ask with")
        # As the bot reads it from its file.
        value = values.reveal(key.name).removesuffix("\n").removesuffix("\r")
        mark = self._memory.mark(key.kind, *question.parts, value)
        if not fresh and (known := self._memory.get(mark)) is not None:
            return known
        task = self._asking.get(mark)
        if task is None:
            task = asyncio.create_task(self._ask(mark, question, value), name="ask about a credential")
            self._asking[mark] = task
            task.add_done_callback(lambda _: self._asking.pop(mark, None))
        # Who stops waiting ends nothing: others may wait for the same answer, and it is over soon anyway.
        await asyncio.wait({task})
        return question.service.unclear("the operator is stopping") if task.cancelled() else task.result()

    async def _ask(self, mark: bytes, question: Question, value: str) -> Said:
        # Kept for as long as somebody asks or waits there.
        slots = self._slots.setdefault(question.parts, asyncio.Semaphore(self._at_once))
        try:
            async with asyncio.timeout(self._overall), slots:
                said = await question.ask(value)
        except TimeoutError:
            return question.service.unclear(f"there was no answer within {self._overall:g} s")
        except Exception as error:  # noqa: BLE001 - its text may hold the value, its traceback too
            return question.service.unclear(f"the question failed ({type(error).__name__})")
        if said.answer is Answer.UNCLEAR:
            self._memory.forget(mark)
        else:
            self._memory.put(mark, said)
        return said
