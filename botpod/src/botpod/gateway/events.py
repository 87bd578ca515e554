"""From Discord's payloads to events that a skill handles, and the way back for its answers."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from botpod.gateway import parse
from botpod.gateway.names import Names
from botpod.gateway.ports import LATEST_SECONDS, InteractionPort, MessagePort
from botpod.gateway.silence import Silence
from botpod.gateway.snowflake import made_at
from botpod.guards.sanitise import sanitise

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from botpod.dispatch.port import EventPort
    from botpod.events import Event
    from botpod.gateway.rest import Identity, Rest
    from botpod.inbox.port import Entry
    from botpod.router import Routed

log = logging.getLogger(__name__)

_written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Sink(Protocol):
    """Who decides about events and has them handled."""

    def route(self, event: Event, *, self_id: int) -> Routed | None:
        """Return who gets an event; None where nobody does."""
        ...

    def submit(self, routed: Routed, port: Callable[[], EventPort], *, entry: Entry | None) -> None:
        """Have one handled; returns at once. ``port`` is called once it is ours to handle."""
        ...


class History(Protocol):
    """What is remembered of what was said; all of it returns at once."""

    def deleted(self, channel: int, messages: Sequence[int]) -> None:
        """Forget what these messages said."""
        ...

    def closed(self, channel: int) -> None:
        """Forget all of a channel or thread, which is no more."""
        ...

    def edited(self, channel: int, message: int, text: str | None) -> None:
        """Remember ``text`` in place of what a person's message said before; None: forget it."""
        ...

    def answered(self, channel: int, event: int, message: int) -> None:
        """Know which of the bot's own messages answers an event."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedEvent:
    """An event that is for a skill, as it came."""

    name: str
    data: Any
    routed: Routed
    waited: bool = False
    """It was taken by another pod before."""

    @property
    def text(self) -> str:
        """What is kept of it until it is handled."""
        return _written({"t": self.name, "d": self.data})

    @property
    def event(self) -> str:
        """See :class:`botpod.inbox.taker.Wanted`."""
        return str(self.routed.event.id)


class EventReader:
    """Reads what shards are sent, and what is kept in their inboxes; nothing of it waits or fails.

    ``now`` is in seconds since 1970.
    """

    def __init__(
        self,
        sink: Sink,
        *,
        rest: Rest,
        identity: Identity,
        now: Callable[[], float],
        history: History | None = None,
    ) -> None:
        self._sink = sink
        self._history = history
        self._rest = rest
        self._identity = identity
        self._now = now
        self._names = Names(identity.user_id)
        self._silence = Silence(now)

    def guild(self, data: Any) -> None:
        """Know what a guild calls its channels and roles."""
        try:
            self._names.guild(data)
        except Exception:
            log.exception("A guild could not be read.")

    def read(self, name: str, data: Any) -> WantedEvent | None:
        """Return the event if it is for a skill."""
        try:
            event = self._parsed(name, data)
            routed = None if event is None else self._sink.route(event, self_id=self._identity.user_id)
        except Exception:
            log.exception("An event could not be read.", extra={"event": name})
            return None
        if routed is not None and name == "MESSAGE_CREATE":
            channel = routed.event.place.channel_id
            if self._silence.is_silent(channel):
                log.info(
                    "A message is left unanswered where the bot may not speak.", extra={"channel": channel}
                )
                return None
        return None if routed is None else WantedEvent(name=name, data=data, routed=routed)

    def changed(self, name: str, data: Any) -> None:
        """Tell the history what became of messages: written by the bot itself, edited, or deleted."""
        if self._history is None:
            return
        try:
            match name:
                case "MESSAGE_CREATE":
                    if event := parse.answers(data, self_id=self._identity.user_id):
                        self._history.answered(int(data["channel_id"]), event, int(data["id"]))
                case "MESSAGE_UPDATE":
                    if parse.is_edit(data):
                        self._history.edited(int(data["channel_id"]), int(data["id"]), self._says(data))
                case "CHANNEL_DELETE" | "THREAD_DELETE":
                    self._history.closed(int(data["id"]))
                case _:
                    gone = data["ids"] if "ids" in data else [data["id"]]
                    self._history.deleted(int(data["channel_id"]), [int(one) for one in gone])
        except Exception:
            log.exception("A change could not be read.", extra={"event": name})

    def _says(self, data: Any) -> str | None:
        """Return what an edited message says to the bot; None where that is nothing, or can't be read."""
        event = parse.message(data, self_id=self._identity.user_id, names=self._names)
        routed = None if event is None else self._sink.route(event, self_id=self._identity.user_id)
        return (sanitise(routed.text) or None) if routed is not None else None

    def _parsed(self, name: str, data: Any) -> Event | None:
        if name == "MESSAGE_CREATE":
            return parse.message(data, self_id=self._identity.user_id, names=self._names)
        return parse.interaction(data) if name == "INTERACTION_CREATE" else None

    def understand(self, text: str) -> WantedEvent | None:
        """See :class:`botpod.inbox.taker.Reader`."""
        try:
            kept = json.loads(text)
            name, data = kept["t"], kept["d"]
        except (ValueError, LookupError, TypeError):
            log.error("An event in the inbox could not be read.")  # noqa: TRY400 - its text is a person's
            return None
        wanted = self.read(name, data)
        return None if wanted is None else replace(wanted, waited=True)

    def hand_on(self, wanted: WantedEvent, entry: Entry | None) -> None:
        """See :class:`botpod.inbox.taker.Reader`."""
        self._sink.submit(wanted.routed, lambda: self._port(wanted), entry=entry)

    def _port(self, wanted: WantedEvent) -> EventPort:
        event = wanted.routed.event
        if wanted.name == "MESSAGE_CREATE":
            return MessagePort(
                self._rest,
                channel_id=event.place.channel_id,
                message_id=event.id,
                silence=self._silence,
            )
        return InteractionPort(
            self._rest,
            application_id=self._identity.application_id,
            interaction_id=event.id,
            token=wanted.data["token"],
            # Whatever the clocks say: of what was another pod's before there may be no time left.
            age=LATEST_SECONDS if wanted.waited else self._now() - made_at(event.id),
        )
