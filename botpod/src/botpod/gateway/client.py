"""One nextcord client whose shards are run by our own code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, override

import nextcord
from nextcord.state import AutoShardedConnectionState
from nextcord.webhook.async_ import async_context

from botpod.credentials.digests import digest
from botpod.gateway.http import DiscordHTTP, WebhookAdapter

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from botpod.gateway.limits.transport import Transport

HEARTBEAT_SECONDS = 60.0
"""A connection on which nothing came for so long is dead: heartbeats are acknowledged every 41 s."""


def wanted_intents() -> nextcord.Intents:
    """Return what the bot wants to hear of: guilds, messages in them and in private, and what they say."""
    intents = nextcord.Intents.none()
    intents.guilds = True
    intents.guild_messages = True
    intents.dm_messages = True
    intents.message_content = True
    return intents


class BotClient(nextcord.Client):
    """Holds the REST client, the token and the intents; never connects and keeps no cache.

    Events reach us as payloads, before nextcord would make objects of them: what is needed comes with the
    event or is asked for, so that a session resumed in a new process lacks nothing.
    """

    http: DiscordHTTP
    webhooks: WebhookAdapter
    """Carries interactions' answers and webhooks' calls."""

    def __init__(self, transport: Transport) -> None:
        # The constructor below makes the HTTP client.
        self._transport = transport
        super().__init__(
            max_messages=None,
            intents=wanted_intents(),
            member_cache_flags=nextcord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            heartbeat_timeout=HEARTBEAT_SECONDS,
            shard_count=1,
        )
        self.turns: dict[int, Callable[[], Awaitable[None]]] = {}
        """What waits until a shard may send its IDENTIFY."""
        self._token_digest = ""

    @override
    def _get_state(self, **settings: Any) -> AutoShardedConnectionState:  # type: ignore[override] # by name only
        self.http = DiscordHTTP(self._transport, dispatch=self.dispatch)
        self.webhooks = WebhookAdapter(self._transport, user_agent=self.http._user_agent)  # noqa: SLF001
        # For nextcord's own objects; a task that began before has another context.
        async_context.set(self.webhooks)
        return AutoShardedConnectionState(
            dispatch=self.dispatch,
            handlers=self._handlers,
            hooks=self._hooks,
            http=self.http,
            loop=self.loop,
            **settings,
        )

    @override
    def dispatch(self, event: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens to nextcord's own events."""

    @override
    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        if turn := self.turns.pop(shard_id or 0, None):
            await turn()

    @property
    def token(self) -> str | None:
        """The token in use."""
        return self._token

    @property
    def token_digest(self) -> str:
        """What stands for the token in use; empty before there is one."""
        return self._token_digest

    def use_token(self, token: str) -> None:
        """Use another token from the next call and the next connection on."""
        self._token = token
        self._token_digest = digest("discord-token", token)
        self.http.set_default_auth(f"Bot {token}")

    def use_shard_count(self, count: int) -> None:
        """Begin sessions as one of ``count`` shards from now on."""
        self.shard_count = self._connection.shard_count = count

    @property
    def privileged(self) -> bool:
        """Whether a privileged intent is asked for."""
        return bool(self._connection._intents.message_content)  # noqa: SLF001 - there is no public door

    def drop_privileged(self) -> None:
        """Ask for no privileged intent from the next session on."""
        intents = wanted_intents()
        intents.message_content = False
        self._connection._intents = intents  # noqa: SLF001 - there is no public door
