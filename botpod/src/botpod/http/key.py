"""The key that opens details at the outside's port."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from botpod.errors import BotpodError

if TYPE_CHECKING:
    from collections.abc import Callable


class Key:
    """``read`` gives the key as it is now, so that a swapped one counts at once; None where there is none."""

    def __init__(self, read: Callable[[], str] | None) -> None:
        self._read = read

    @property
    def refusal(self) -> str:
        """What to tell whoever shows another one."""
        if self._read is None:
            return "No key is configured here; name one in server.metricsCredential (METRICS_KEY)."
        return "This is not the key; send it as: Authorization: Bearer KEY."

    def opens(self, authorization: str) -> bool:
        """Say whether a header shows the key; takes as long for a wrong one as for the right one."""
        scheme, _, shown = authorization.partition(" ")
        if self._read is None or scheme.lower() != "bearer":
            return False
        try:
            key = self._read()
        except BotpodError:
            return False
        return bool(key) and hmac.compare_digest(shown.strip().encode(), key.encode())
