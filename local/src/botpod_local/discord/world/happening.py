"""What the world tells those who listen."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from botpod_local.discord.world.records import Interaction, Json


class Audience(Enum):
    """Who may hear of it at all."""

    EVERYONE = auto()
    BOTS = auto()
    PEOPLE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One event: ``name`` and ``data`` as on Discord's wire, and where it belongs.

    Attributes:
        guild_id: None for direct messages and for what belongs to no guild.
        channel_id: where one must be able to look, to hear of it.
        application_id: only this application's sessions hear of it.
        user_id: only this person's page shows it.
        bot_id: only the bot with this user id hears of it.
    """

    name: str
    data: Json
    guild_id: int | None = None
    channel_id: int | None = None
    application_id: int | None = None
    user_id: int | None = None
    bot_id: int | None = None
    audience: Audience = Audience.EVERYONE


class Listener(Protocol):
    """Anything that wants to hear; called at once, in order; must neither block nor raise."""

    def __call__(self, happening: Happening, /) -> None:
        """Take note."""
        ...  # pragma: no cover


class Poster(Protocol):
    """Whoever posts interactions to endpoints; called at once; must neither block nor raise."""

    def __call__(self, interaction: Interaction, payload: Json, /) -> None:
        """Post ``payload`` to the endpoint of the interaction's application."""
        ...  # pragma: no cover
