"""What to do after a gateway connection ended. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Next(StrEnum):
    """What comes next."""

    RESUME = "resume"
    """Go on with the same session: free, nothing is lost."""
    IDENTIFY = "identify"
    """Begin a new session: counts against the daily budget."""
    NEW_TOKEN = "newToken"  # noqa: S105 - no token
    """Wait until the token is another one, then begin a new session."""
    FEWER_INTENTS = "fewerIntents"
    """Give up the privileged intent, then begin a new session."""
    STOP = "stop"
    """Nothing this process can do helps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What comes next, and why, in a sentence for a person where something must be done."""

    next: Next
    reason: str | None = None


NO_MESSAGE_CONTENT = (
    "The application lacks the Message Content intent (4014), so commands typed with the prefix don't reach"
    " the bot; mentions, direct messages and slash commands do. Switch it on in Discord's developer portal."
)
_REFUSED = {
    4010: "Discord refused the shard number or count (4010); set discord.shards to what Discord recommends.",
    4011: "Discord asks for more shards (4011); raise discord.shards.minimum.",
    4012: "Discord no longer serves this version of its API (4012); update the image.",
    4013: "Discord does not know the intents asked for (4013); update the image.",
    4014: "Discord refused the intents asked for (4014); allow them in Discord's developer portal.",
}
TOKEN_REFUSED, _INTENTS_REFUSED = 4004, 4014
ELSEWHERE_AFTER = 3
_SESSION_OVER = frozenset({4007, 4009})
"""A sequence Discord does not know; a session that timed out."""


def after_close(code: int | None, *, invalidated: bool, has_session: bool, privileged: bool) -> Decision:
    """Decide after a connection closed with ``code``, or None when it was cut.

    ``invalidated``: Discord said before that the session can't be resumed (op 9, false). ``has_session``:
    there is a session to resume. ``privileged``: a privileged intent was asked for.
    """
    if code == TOKEN_REFUSED:
        return Decision(
            next=Next.NEW_TOKEN, reason="Discord refused the token (4004); put a valid one into its place."
        )
    if code == _INTENTS_REFUSED and privileged:
        return Decision(next=Next.FEWER_INTENTS, reason=NO_MESSAGE_CONTENT)
    if code in _REFUSED:
        return Decision(next=Next.STOP, reason=_REFUSED[code])
    if invalidated or code in _SESSION_OVER or not has_session:
        return Decision(next=Next.IDENTIFY)
    return Decision(next=Next.RESUME)


def resumed_elsewhere(failures: int) -> bool:
    """Say whether to resume at the gateway's own address after ``failures`` in a row at the session's.

    A session may be resumed at both; its own is better, until it no longer answers.
    """
    return failures >= ELSEWHERE_AFTER and failures % 2 == ELSEWHERE_AFTER % 2


def delay_before_retry(failures: int, *, random: float) -> float:
    """Return the seconds to wait after ``failures`` connections in a row that came to nothing.

    None after the first cut; then up to 1, 2, 4 … 60 s, of which ``random`` (0 to 1) picks a place in the
    upper half, so that many bots that were cut at once don't come back at once.
    """
    if failures <= 0:
        return 0.0
    longest = min(60.0, 2.0 ** min(failures - 1, 6))
    return longest * (0.5 + random / 2)
