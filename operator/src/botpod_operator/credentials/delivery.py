"""What is or shall be in a bot's Secret, without any value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One state of a bot's Secret.

    ``digest`` stands for where it came from, every version in it and its keys' names: two deliveries with the
    same digest hold the same values.
    """

    source: str
    version: str
    digest: str
    keys: frozenset[str]
