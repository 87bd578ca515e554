"""What dispatching needs from the gateway, and whom it tells what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from botpod.replies.port import ReplyPort

if TYPE_CHECKING:
    from botpod.events import Author, Event, Place


class EventPort(ReplyPort, Protocol):
    """The way back to where an event came from."""

    async def notice(self, content: str) -> None:
        """Say something that is no answer; only its receiver sees it where Discord allows that."""
        ...

    async def delete(self, message_id: int) -> None:
        """Take away a message that was sent before."""
        ...

    async def close(self, *, leave: bool = False) -> None:
        """The event is done with; whatever still waits or shows "typing" ends.

        ``leave``: another pod goes on with it, and needs what is there.
        """
        ...


class Permissions(Protocol):
    """Knows what people may do, whatever this process has heard of them before."""

    async def __call__(self, author: Author, place: Place) -> int:
        """Return Discord's bits of what ``author`` may do in ``place``, a channel of a guild.

        Raises :class:`botpod.errors.BotpodError` where that can't be found out.
        """
        ...


class Observer(Protocol):
    """Counts what happens; all of it is called on the event loop and must not block."""

    def received(self, event: Event) -> None:
        """An event came in, for us or not."""
        ...

    def refused(self, reason: str) -> None:
        """A request was not passed on.

        ``duplicate``, ``rate``, ``busy``, ``full``, ``permission`` (whoever asked lacks one) or ``unchecked``
        (whether they do could not be found out).
        """
        ...

    def running(self, change: int) -> None:
        """One more (1) or one fewer (-1) request is being answered."""
        ...

    def handled(self, skill: str, seconds: float, error: BaseException | None) -> None:
        """A skill came to its end after ``seconds`` since the event; ``error`` is None when it answered."""
        ...
