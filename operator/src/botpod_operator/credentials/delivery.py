"""What is or shall be in a bot's Secret, without any value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botpod_operator.credentials.port import Verdict
    from botpod_operator.errors import CredentialsUnusable


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
    verdict: Verdict | None = None
    """What was said of the values when they were delivered; it stands in the Secret for a restart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a look.

    ``delivery`` is what the pods can have now (None: nothing that fits). ``problem`` says why it isn't the
    newest.
    """

    delivery: Delivery | None
    problem: CredentialsUnusable | None = None
