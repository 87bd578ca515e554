"""How much a model's server may send, and what one event of its stream may be. Pure.

The vendor's SDK parses an event in one go, on the event loop, and sets no bound of its own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_RESPONSE = 16 * 2**20
"""Bytes of one answer, once decompressed. A long one with reasoning has 10 MiB: 300 bytes a token."""
MAX_EVENT = 256 * 2**10
"""Bytes of one event; a whole answer that comes in a single one has some 130 KiB."""
MAX_ERROR = 16 * 2**10
"""Bytes that are read of an error's body, for nothing of it is quoted."""
MAX_PARTS = 1_000
"""Values in one event: the SDK makes an object of each, 20 µs apiece; vendors send about 40."""
MAX_LINES = 64
"""Lines of one event; vendors send 2."""
LEAST = 64
"""Bytes that a chunk, a comment or a blank line counts as, however short it is: each takes time too."""
_SMALL = 1024
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)


class Excess(Exception):
    """A server sent more than it may, or elsewhere; the text says what, in our words."""


class Allowance:
    """Counts one response's bytes; ``take`` raises :class:`Excess` once there are too many."""

    def __init__(self, most: int = MAX_RESPONSE) -> None:
        self._left = most

    def take(self, size: int) -> None:
        """Count a piece of ``size`` bytes."""
        self._left -= max(size, LEAST)
        if self._left < 0:
            raise Excess("Its answer is larger than any that is read.")


class Framing:
    """Cuts a stream of server-sent events into whole events, without comments and needless blank lines."""

    def __init__(self, allowance: Allowance) -> None:
        self._allowance = allowance
        self._line = bytearray()
        self._event = bytearray()
        self._lines = 0
        self._after_cr = False

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Take a piece, yield the events that it ends."""
        if self._after_cr and piece.startswith(b"\n"):
            piece = piece[1:]
        self._after_cr = piece.endswith(b"\r")
        *ended, rest = piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        for line in ended:
            self._line += line
            self._check_size()
            if (event := self._ended(bytes(self._line))) is not None:
                yield event
            self._line.clear()
        self._line += rest
        self._check_size()

    def finish(self) -> bytes:
        """Return what is left when the stream ends; a body that is no stream of events is all left."""
        rest = bytes(self._event + self._line)
        check_parts(rest)
        return rest

    def _ended(self, line: bytes) -> bytes | None:
        if not line and self._event:
            event = bytes(self._event) + b"\n"
            self._event.clear()
            self._lines = 0
            check_parts(event)
            return event
        if not line or line.startswith(b":"):
            self._allowance.take(LEAST)
            return None
        self._event += line + b"\n"
        self._lines += 1
        if self._lines > MAX_LINES:
            raise Excess("One event of its answer has more lines than are read.")
        return None

    def _check_size(self) -> None:
        if len(self._line) + len(self._event) > MAX_EVENT:
            raise Excess("One event of its answer is larger than any that is read.")


def check_parts(event: bytes) -> None:
    """Raise :class:`Excess` where the SDK would make too many objects of ``event``."""
    if len(event) <= _SMALL:
        return
    outside = _STRING.sub(b"", event)
    if outside.count(b",") + outside.count(b"[") + outside.count(b"{") > MAX_PARTS:
        raise Excess("One event of its answer has more values than are read.")
