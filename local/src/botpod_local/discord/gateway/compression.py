"""How payloads travel: as text, as one zlib stream for the whole connection, or each compressed by itself."""

from __future__ import annotations

import zlib
from typing import Protocol


class Encoder(Protocol):
    """Turns a payload's text into what goes into one WebSocket message."""

    def encode(self, text: str) -> str | bytes:
        """Return a text message (str) or a binary one (bytes)."""
        ...  # pragma: no cover


class Plain:
    """Text, or after ``compress: true`` in IDENTIFY, larger payloads compressed one by one."""

    SMALL = 1024
    """Discord compresses "large" payloads only; smaller ones stay text."""

    def __init__(self) -> None:
        self.compress_large = False

    def encode(self, text: str) -> str | bytes:
        """Return the text, or its compressed bytes."""
        if self.compress_large and len(text) > self.SMALL:
            return zlib.compress(text.encode())
        return text


class ZlibStream:
    """``compress=zlib-stream``: one stream, flushed after every payload (00 00 FF FF ends each)."""

    def __init__(self) -> None:
        self._stream = zlib.compressobj()
        self.compress_large = False
        """Of no consequence: the stream is compressed already."""

    def encode(self, text: str) -> str | bytes:
        """Return the next bytes of the stream."""
        return self._stream.compress(text.encode()) + self._stream.flush(zlib.Z_SYNC_FLUSH)
