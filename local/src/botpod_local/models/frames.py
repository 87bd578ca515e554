"""What a stream is made of before it meets the network: server-sent events, some of them paced."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

type Json = dict[str, Any]

DONE = "[DONE]"
"""What OpenAI ends a stream with, in place of JSON."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One server-sent event.

    ``event`` is its name (``None``: unnamed, as in chat completions); ``piece`` marks those that carry a
    piece of the answer, which delays, cuts and stalls are counted by.
    """

    data: Json | str
    event: str | None = None
    piece: bool = False

    def encode(self) -> bytes:
        """Return the bytes that go over the wire."""
        name = f"event: {self.event}\n" if self.event else ""
        text = self.data if isinstance(self.data, str) else json.dumps(self.data, ensure_ascii=False)
        return f"{name}data: {text}\n\n".encode()


@dataclass(frozen=True, slots=True)
class Stamp:
    """What makes one answer different from another: a number and the time (Unix seconds)."""

    number: int
    now: int

    def name(self, prefix: str) -> str:
        """Return an identifier that says where it comes from."""
        return f"{prefix}standin{self.number:06}"
