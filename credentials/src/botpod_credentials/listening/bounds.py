"""What one port grants its peers. Seconds and bytes."""

from __future__ import annotations

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The defaults keep a port below 16 MiB, whoever is at it; each name says of what it is the most."""

    connections: int = 64
    """That have said something. One more costs the one that deserves its place least: see ``victim``."""
    silent: int = 256
    """That haven't, and cost next to nothing. One more costs the oldest: a probe among a thousand
    must have the time to say what it wants."""
    head_seconds: float = 5.0
    """From the connection, or a request's first byte on one that is kept, to the end of its headers."""
    body_seconds: float = 3.0
    """For a request's body; Discord wants its answer within three seconds of sending."""
    answer_seconds: float = 15.0
    """For reading what was answered; Prometheus gives a scrape ten seconds."""
    closing_seconds: float = 1.0
    """For reading a refusal while a body is still being sent, which nobody reads any more."""
    idle_seconds: float = 75.0
    """Between two requests; more than the 60 s after which nginx lets a connection go by itself: who closes
    first must not be we, or a request that is on its way then is lost."""
    unread_bytes: int = 32 * KIB
    """Of one connection that no request was made of yet: headers, and what aiohttp holds of a body."""
    body_bytes: int = 2 * MIB
    """Of all bodies that are being read."""
    answer_bytes: int = 4 * MIB
    """Of all answers that wait to be read."""
