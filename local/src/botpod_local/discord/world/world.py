"""The stores and how to find things in them; what changes them stands in the modules beside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_local.discord.clock import Snowflakes, SystemClock
from botpod_local.discord.errors import Fault, Refusal
from botpod_local.discord.world.happening import Audience, Happening

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod_local.discord.clock import Clock
    from botpod_local.discord.world.happening import Listener, Poster
    from botpod_local.discord.world.records import (
        Application,
        Attachment,
        Channel,
        Guild,
        Interaction,
        Json,
        Member,
        Message,
        User,
    )


class World:
    """All there is in one Discord.

    Args:
        clock: tells the time; tests bring their own.
        history: how many messages a channel keeps; the oldest go first.
    """

    def __init__(self, *, clock: Clock | None = None, history: int = 20_000) -> None:
        self.clock: Clock = clock or SystemClock()
        self.snowflakes = Snowflakes(self.clock)
        self.history = history
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.applications: dict[int, Application] = {}
        self.interactions: dict[int, Interaction] = {}
        self.files: dict[int, Attachment] = {}
        self.nonces: dict[tuple[int, str], tuple[float, Message]] = {}
        self.guilds_made = 0
        self.poster: Poster | None = None
        self._listeners: list[Listener] = []

    def now(self) -> float:
        """Return Unix time in seconds."""
        return self.clock.now()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` for everything that happens from now on; return what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def emit(self, happening: Happening) -> None:
        """Tell every listener, in the order they came."""
        for listener in tuple(self._listeners):
            listener(happening)

    def tell(
        self,
        channel: Channel,
        name: str,
        data: Json,
        *,
        user_id: int | None = None,
        audience: Audience = Audience.EVERYONE,
    ) -> None:
        """Emit what happened in a channel; ``data`` gets the guild where there is one."""
        place = {} if channel.guild_id is None else {"guild_id": str(channel.guild_id)}
        happening = Happening(
            name=name,
            data=data | place,
            guild_id=channel.guild_id,
            channel_id=channel.id,
            user_id=user_id,
            audience=audience,
        )
        self.emit(happening)

    def user(self, user_id: int) -> User:
        """Return the user, or refuse."""
        try:
            return self.users[user_id]
        except KeyError:
            raise Refusal(Fault.UNKNOWN_USER) from None

    def guild(self, guild_id: int) -> Guild:
        """Return the guild, or refuse."""
        try:
            return self.guilds[guild_id]
        except KeyError:
            raise Refusal(Fault.UNKNOWN_GUILD) from None

    def member(self, guild_id: int, user_id: int) -> Member:
        """Return the member, or refuse."""
        try:
            return self.guild(guild_id).members[user_id]
        except KeyError:
            raise Refusal(Fault.UNKNOWN_MEMBER) from None

    def members_named(self, guild: Guild, start: str) -> list[int]:
        """Return the ids of the members whose name begins so, whatever its case."""
        start = start.casefold()
        return [i for i in guild.members if self.users[i].username.casefold().startswith(start)]

    def channel(self, channel_id: int) -> Channel:
        """Return the channel, or refuse."""
        try:
            return self.channels[channel_id]
        except KeyError:
            raise Refusal(Fault.UNKNOWN_CHANNEL) from None

    def message(self, channel_id: int, message_id: int) -> Message:
        """Return the message that everyone in the channel sees, or refuse."""
        message = self.channel(channel_id).messages.get(message_id)
        if message is None or message.ephemeral_for is not None:
            raise Refusal(Fault.UNKNOWN_MESSAGE)
        return message

    def application_by_token(self, token: str) -> Application | None:
        """Return whose current token this is."""
        return next((a for a in self.applications.values() if a.token == token), None)

    def application_by_session_token(self, token: str) -> Application | None:
        """Return whose token this is, also one that was reset while its sessions were left alive."""
        return next(
            (a for a in self.applications.values() if a.token == token or token in a.lingering),
            None,
        )

    def application_of(self, bot_user_id: int) -> Application | None:
        """Return the application behind a bot's user."""
        return next((a for a in self.applications.values() if a.bot_user_id == bot_user_id), None)
