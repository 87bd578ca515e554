"""The narrow door through which an answer leaves; ``gateway/`` implements it, everything else uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

CONTENT_LIMIT = 2000
"""Characters Discord takes in one message's content."""


class ReplyPort(Protocol):
    """Answers one event, whether it came as a message or as an interaction.

    ``part`` numbers the messages of one answer from 0. With the event's id it makes the enforced nonce,
    so that sending the same part twice makes one message. Raises :class:`botpod.errors.Transient` when
    Discord can't be reached or asks to wait too long, :class:`botpod.errors.Rejected` when it refuses.
    """

    @property
    def certain(self) -> bool:
        """Whether it is known that what is said will be taken; else :meth:`typing` finds out, for less."""
        ...

    async def send(self, content: str, *, part: int = 0) -> int:
        """Send one message of at most ``CONTENT_LIMIT`` characters and return its id."""
        ...

    async def edit(self, message_id: int, content: str) -> None:
        """Replace the content of a message sent before."""
        ...

    def typing(self) -> AbstractAsyncContextManager[None]:
        """Show that an answer is being written, for as long as the context lasts."""
        ...
