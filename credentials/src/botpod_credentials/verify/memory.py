"""What was answered lately, found again by nothing that could give a value away."""

from __future__ import annotations

import hmac
import secrets
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod_credentials.verify.answers import Said

KEPT_SECONDS = 2.0
"""Long enough for bots that share a value and hear of it together to ask a few times between them, not each:
a thousand come by in some ten seconds. Short enough that nobody rolls back to a value that died meanwhile and
has it taken for good."""
MOST = 4096
"""Answers kept; some 2 MiB."""


class Memory:
    """Keeps answers under an HMAC whose key nobody knows and which ends with the process."""

    def __init__(
        self, *, clock: Callable[[], float], seconds: float = KEPT_SECONDS, most: int = MOST
    ) -> None:
        self._clock = clock
        self._seconds = seconds
        self._most = most
        self._key = secrets.token_bytes(32)
        self._kept: OrderedDict[bytes, tuple[float, Said]] = OrderedDict()

    def mark(self, *parts: str) -> bytes:
        """Return what stands for ``parts``; useless outside this process."""
        hashed = hmac.new(self._key, digestmod="sha256")
        for part in parts:
            data = part.encode("utf-8", "surrogatepass")
            # With its length, so that no two sequences of parts read the same.
            hashed.update(len(data).to_bytes(8))
            hashed.update(data)
        return hashed.digest()

    def get(self, mark: bytes) -> Said | None:
        """Return what is remembered and not too old."""
        until, said = self._kept.get(mark, (0.0, None))
        if said is None:
            return None
        if self._clock() >= until:
            del self._kept[mark]
            return None
        self._kept.move_to_end(mark)
        return said

    def put(self, mark: bytes, said: Said) -> None:
        """Remember; what wasn't asked for longest is forgotten first."""
        self._kept[mark] = (self._clock() + self._seconds, said)
        self._kept.move_to_end(mark)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def forget(self, mark: bytes) -> None:
        """Forget one answer."""
        self._kept.pop(mark, None)

    def __len__(self) -> int:
        return len(self._kept)
