"""Takes events from the gateway without ever making it wait, and sees each through to its answer."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botpod.correlation import correlation_id, new_correlation_id
from botpod.dispatch.continued import ContinuedPort
from botpod.dispatch.guarded import GuardedPort
from botpod.dispatch.permitted import refusal
from botpod.dispatch.room import Room
from botpod.dispatch.turnedaway import Turned, TurnedAway
from botpod.errors import Apologised, BotpodError, Forbidden, Gone
from botpod.events import MessageEvent
from botpod.guards import notices
from botpod.guards.sanitise import sanitise
from botpod.inbox.port import Claim
from botpod.skills.protocol import Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod.dispatch.behaviour import Behaviour
    from botpod.dispatch.port import EventPort, Observer, Permissions
    from botpod.events import Event
    from botpod.inbox.port import Entry, Ledger
    from botpod.router import Routed, Router
    from botpod.state.port import RateWindows

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.05, 0.5
"""Seconds between two looks whether another pod is done with an event."""
LONGEST_ANSWER = 840.0
"""Seconds after which a skill is stopped: an interaction can be answered for 15 minutes."""
LONGEST_WAIT = 120.0
"""Seconds somebody waits for a place before being told that the bot is busy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """An event with the way back, and when it came, by the dispatcher's clock.

    ``entry`` is where it is kept until it is handled; None where it is nowhere but here.
    """

    routed: Routed
    open: Callable[[], EventPort]
    entry: Entry | None
    at: float
    behaviour: Behaviour
    correlation: str = field(default_factory=new_correlation_id)


class Dispatcher:
    """One per process. A conversation here is one person in one place: those are answered in order.

    ``clock`` is monotonic, in seconds.
    """

    def __init__(
        self,
        *,
        router: Router,
        behaviour: Behaviour,
        ledger: Ledger,
        windows: RateWindows,
        permissions: Permissions,
        observer: Observer,
        clock: Callable[[], float],
    ) -> None:
        self._router = router
        self._behaviour = behaviour
        self._ledger = ledger
        self._windows = windows
        self._permissions = permissions
        self._observer = observer
        self._clock = clock
        self._running: set[asyncio.Task[None]] = set()
        self._others: set[asyncio.Task[Claim]] = set()
        self._room = Room()
        self._turned_away = TurnedAway(ledger)
        self._last: dict[tuple[int, int], asyncio.Task[None]] = {}

    def use(self, behaviour: Behaviour) -> None:
        """Let every request from now on keep to ``behaviour``."""
        self._behaviour = behaviour

    @property
    def unfinished(self) -> int:
        """How many requests run or wait."""
        return len(self._running)

    def route(self, event: Event, *, self_id: int) -> Routed | None:
        """Return which skill an event is for; None where it is for none."""
        self._observer.received(event)
        return self._router.route(event, self_id=self_id)

    def submit(self, routed: Routed, port: Callable[[], EventPort], *, entry: Entry | None = None) -> None:
        """Take one event; returns at once. ``port`` is called once it is ours to handle."""
        event = routed.event
        if not self._room.enter(event.place, event.author.id, self._behaviour.limits):
            self._observer.refused("full")
            self._turned_away.add(Turned(event=event, open=port, entry=entry))
            return
        lane = (event.place.channel_id, event.author.id)
        arrival = Arrival(routed=routed, open=port, entry=entry, at=self._clock(), behaviour=self._behaviour)
        task = asyncio.create_task(self._see_through(arrival, self._last.get(lane)), name=f"event {event.id}")
        self._running.add(task)
        self._last[lane] = task
        task.add_done_callback(lambda done: self._forget(event, lane, done))

    def _forget(self, event: Event, lane: tuple[int, int], task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._room.leave(event.place, event.author.id)
        if self._last.get(lane) is task:
            del self._last[lane]

    async def drain(self, grace: float) -> int:
        """Wait up to ``grace`` seconds for what runs and waits, then stop it; return how many it stopped.

        What other pods are on is theirs, or the next owner's: nobody waits for that.
        """
        for waiting in list(self._others):
            waiting.cancel()
        await asyncio.sleep(0)
        await self._turned_away.stop()
        if not self._running:
            return 0
        _, late = await asyncio.wait(self._running, timeout=grace)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=5)
        return len(late)

    async def _see_through(self, arrival: Arrival, before: asyncio.Task[None] | None) -> None:
        correlation_id.set(arrival.correlation)
        event = str(arrival.routed.event.id)
        claim = await self._claim(event, arrival.entry)
        if claim is not Claim.DONE:
            said = await self._ledger.said(event) if claim is Claim.INHERITED else {}
            port = GuardedPort(arrival.open(), event=event, ledger=self._ledger)
            continued = ContinuedPort(port, event=event, ledger=self._ledger, said=said)
            try:
                await self._handle(arrival, continued, before)
            except asyncio.CancelledError:
                # This process ends: somebody else goes on from here.
                await continued.remember()
                await self._ledger.let_go(event)
                raise
            if port.lost:
                log.warning("Another pod has taken event %s; it is left to that one.", event)
                await self._ledger.let_go(event)
                return
        else:
            self._observer.refused("duplicate")
        await self._ledger.settle(event, arrival.entry)

    async def _claim(self, event: str, entry: Entry | None) -> Claim:
        """Claim an event; where another pod is on it, wait until it has handled it, or dies over it."""
        claim = (entry and entry.claim) or await self._ledger.claim(event)
        if claim is not Claim.ELSEWHERE:
            return claim
        waiting = asyncio.create_task(self._when_free(event))
        self._others.add(waiting)
        try:
            return await waiting
        finally:
            self._others.discard(waiting)

    async def _when_free(self, event: str) -> Claim:
        pause, claim = FIRST_PAUSE, Claim.ELSEWHERE
        while claim is Claim.ELSEWHERE:
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
            claim = await self._ledger.claim(event)
        return claim

    async def _handle(self, arrival: Arrival, port: ContinuedPort, before: asyncio.Task[None] | None) -> None:
        leave = False
        try:
            # Whose answer was begun was admitted by who began it.
            if port.begun or (await self._admitted(arrival, port) and await self._permitted(arrival, port)):
                await self._in_turn(arrival, port, before)
                with suppress(BotpodError):
                    await port.finish()
        except asyncio.CancelledError:
            leave = True
            raise
        except Exception:
            log.exception("An event was lost to an error of ours.")
        finally:
            with suppress(BotpodError):
                await port.close(leave=leave)

    async def _admitted(self, arrival: Arrival, port: EventPort) -> bool:
        event = arrival.routed.event
        limits = arrival.behaviour.limits
        verdict = await self._windows.hit(
            str(event.author.id), limit=limits.messages_per_user, window=limits.window_seconds
        )
        if verdict.allowed:
            return True
        self._observer.refused("rate")
        log.info("Rate limit reached.", extra={"user": event.author.id, "notify": verdict.notify})
        # An interaction without any answer shows as a failure of ours; its notice is seen by nobody else.
        if verdict.notify or not isinstance(event, MessageEvent):
            await _notice(port, notices.rate_limited(verdict.retry_after))
        return False

    async def _permitted(self, arrival: Arrival, port: EventPort) -> bool:
        refused = await refusal(arrival.routed, self._permissions)
        if refused is None:
            return True
        self._observer.refused(refused.reason)
        await _notice(port, refused.notice)
        return False

    async def _in_turn(self, arrival: Arrival, port: EventPort, before: asyncio.Task[None] | None) -> None:
        event = arrival.routed.event
        async with AsyncExitStack() as places:
            try:
                async with asyncio.timeout(LONGEST_WAIT):
                    if before is not None:
                        await asyncio.wait({before})
                    await places.enter_async_context(
                        arrival.behaviour.places.hold(user=event.author.id, place=event.place)
                    )
            except TimeoutError:
                self._observer.refused("busy")
                await _notice(port, notices.BUSY)
                return
            await self._answer(arrival, port)

    async def _answer(self, arrival: Arrival, port: EventPort) -> None:
        routed, behaviour = arrival.routed, arrival.behaviour
        limit = behaviour.limits.max_input_characters
        skill = behaviour.skills[routed.skill]
        request = Request(
            event=routed.event,
            author=routed.event.author,
            place=routed.event.place,
            command=routed.command,
            text=sanitise(routed.text, limit=limit),
            options={
                name: sanitise(value, limit=limit) if isinstance(value, str) else value
                for name, value in routed.options.items()
            },
            correlation_id=arrival.correlation,
        )
        failure: BaseException | None = None
        self._observer.running(1)
        try:
            async with asyncio.timeout(LONGEST_ANSWER):
                await skill.handle(request, behaviour.reply(port))
        except asyncio.CancelledError as error:
            failure = error
            raise
        except Apologised as error:
            failure = error.__cause__ or error
            log.warning("The skill %s could not do it: %s", routed.skill, error)
        except (Gone, Forbidden) as error:
            # Whoever took it away wants no more of it; where the bot may not speak nobody hears an apology.
            failure = error
            log.warning("An answer has no place any more: %s", error)
        except Exception as error:
            failure = error
            log.exception("The skill %s failed.", routed.skill)
            await _notice(port, notices.failed(arrival.correlation))
        finally:
            seconds = self._clock() - arrival.at
            self._observer.running(-1)
            self._observer.handled(routed.skill, seconds, failure)
            log.info(
                "A request is done.",
                extra={
                    "skill": routed.skill,
                    "seconds": round(seconds, 3),
                    "error": None if failure is None else type(failure).__name__,
                    "user": routed.event.author.id,
                    "channel": routed.event.place.channel_id,
                },
            )


async def _notice(port: EventPort, text: str) -> None:
    try:
        await port.notice(text)
    except BotpodError as error:
        log.warning("A notice could not be sent: %s", error)
