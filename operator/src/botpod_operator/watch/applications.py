"""Which bots are the same Discord application, by what their statuses say. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botpod_operator.identity import BotKey


class Applications:
    """The applications of the bots that are to run."""

    def __init__(self) -> None:
        self._of: dict[BotKey, str] = {}
        self._bots: dict[str, set[BotKey]] = {}

    def see(self, key: BotKey, bot: dict[str, Any] | None) -> None:
        """Take in a bot as it is now, None for one that is gone."""
        before = self._of.pop(key, None)
        if before is not None:
            self._bots[before].discard(key)
            if not self._bots[before]:
                del self._bots[before]
        credentials = ((bot or {}).get("status") or {}).get("credentials") or {}
        application = credentials.get("applicationId")
        if application is None or (bot or {}).get("spec", {}).get("suspend"):
            return
        self._of[key] = application
        self._bots.setdefault(application, set()).add(key)

    def others(self, key: BotKey) -> tuple[BotKey, ...]:
        """Return the other bots that are the same application."""
        application = self._of.get(key)
        return tuple(sorted(self._bots[application] - {key})) if application is not None else ()
