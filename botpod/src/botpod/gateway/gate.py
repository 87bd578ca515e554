"""Hands events on in order: not while another set of shards serves, nor before what came before."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from botpod.gateway.events import EventReader, WantedEvent
    from botpod.inbox.port import Entry

MOST = 10_000
"""Events that are kept while muted."""


class Gate:
    """A :class:`botpod.inbox.taker.Reader`; messages in channels that are held wait for what came before.

    While it is ``muted`` everything waits, up to a bound: what was first is left to those who serve.
    """

    def __init__(self, reader: EventReader, *, muted: bool) -> None:
        self._reader = reader
        self._held: dict[int, dict[int, tuple[WantedEvent, Entry | None]]] = {}
        self._muted: deque[tuple[WantedEvent, Entry | None]] | None = deque(maxlen=MOST) if muted else None

    @property
    def muted(self) -> bool:
        """Whether another set of shards serves."""
        return self._muted is not None

    def unmute(self) -> None:
        """Hand on what was kept, and from now on all that comes."""
        kept, self._muted = self._muted or (), None
        for wanted, entry in kept:
            self.hand_on(wanted, entry)

    def understand(self, text: str) -> WantedEvent | None:
        """See :class:`botpod.inbox.taker.Reader`."""
        return self._reader.understand(text)

    def passes(self, wanted: WantedEvent) -> bool:
        """See :class:`botpod.inbox.taker.Reader`."""
        waits = wanted.name == "MESSAGE_CREATE" and wanted.routed.event.place.channel_id in self._held
        return self._muted is None and not waits

    def hand_on(self, wanted: WantedEvent, entry: Entry | None) -> None:
        """See :class:`botpod.inbox.taker.Reader`."""
        if self._muted is not None:
            self._muted.append((wanted, entry))
            return
        event = wanted.routed.event
        if self.passes(wanted):
            self._reader.hand_on(wanted, entry)
        else:
            self._held[event.place.channel_id][event.id] = (wanted, entry)

    def hold(self, channel: int) -> None:
        """Let messages in ``channel`` wait from now on."""
        self._held.setdefault(channel, {})

    def holds(self, channel: int, message: int) -> bool:
        """Say whether that message waits."""
        return message in self._held.get(channel, {})

    def release(self, channel: int, missed: Iterable[tuple[WantedEvent, Entry | None]] = ()) -> None:
        """Hand on what was missed, then what waits, and what comes from now on at once."""
        for wanted, entry in (*missed, *self._held.pop(channel, {}).values()):
            self._reader.hand_on(wanted, entry)

    def release_all(self) -> None:
        """Let nothing wait any more."""
        for channel in list(self._held):
            self.release(channel)
