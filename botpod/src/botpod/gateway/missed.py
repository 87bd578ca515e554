"""Up to which message a shard has heard everything, and where there is more since. Pure.

Ids of messages are Discord's own time. Our clock only says when a session began, to within the margin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botpod.gateway.snowflake import made_at, snowflake

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MARGIN_SECONDS = 10.0
"""Ids of different channels may overtake each other, and what was heard last may not be kept yet."""
MOST_SECONDS = 3600.0
"""What is older isn't asked for: people have gone on, and the ledger of ``botpod.inbox`` forgets then."""


class Heard:
    """``kept`` is what an earlier owner has heard up to; 0 for nothing."""

    def __init__(self, kept: int) -> None:
        self._newest = kept
        self._before: int | None = None
        self._begun = 0

    @property
    def up_to(self) -> int:
        """The id up to which nothing was missed; 0 where nothing was ever heard."""
        return self._newest if self._before is None else self._before

    @property
    def behind(self) -> bool:
        """Whether something before the newest message may have been missed."""
        return self._before is not None

    def message(self, message_id: int) -> None:
        """Note a message of the running session."""
        self._newest = max(self._newest, message_id)

    def begin(self, *, now: float) -> int | None:
        """Begin a new session, ``now`` since 1970; return the id after which to ask, None to ask nothing."""
        self._begun = snowflake(now - MARGIN_SECONDS)
        if not self.up_to:
            self._newest = self._begun
            return None
        self._before = self.up_to
        margin = snowflake(made_at(0) + MARGIN_SECONDS)
        return max(self._before - margin, snowflake(now - MOST_SECONDS))

    def caught_up(self) -> None:
        """Note that what was missed has been asked for."""
        self._before = None
        self._newest = max(self._newest, self._begun)


def channels_with_news(guild: Mapping[str, Any], *, since: int) -> Iterator[int]:
    """Yield the channels and threads of a GUILD_CREATE that have, or may have, messages after ``since``."""
    for channel in (*guild.get("channels", ()), *guild.get("threads", ())):
        # Null says that there is none; where nothing is said there may be.
        newest = channel.get("last_message_id", since + 1)
        if newest is not None and int(newest) > since:
            yield int(channel["id"])
