"""The calls the bot makes, each bounded in time and raising only our own errors."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast

from nextcord.http import Route

from botpod.errors import CredentialRefused
from botpod.gateway import access
from botpod.gateway.errors import translated, understood

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from contextlib import AbstractAsyncContextManager

    from botpod.gateway.client import BotClient
    from botpod.gateway.http import WebhookAdapter
    from botpod.permissions.rules import Channel, Guild, Member

NO_PINGS: dict[str, Any] = {"parse": [], "replied_user": True}
"""A model's text must not ping anyone: not everyone, no role, and nobody but the person who is answered."""
SUPPRESS_EMBEDS, EPHEMERAL = 4, 64
"""Flags of a message. No link of an answer unfolds: Discord would fetch it, and so tell the address's owner
whatever a text made a model put into it, before anybody has clicked."""
_RESPOND, _DEFER = 4, 5
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayInfo:
    """What Discord says about its gateway; ``reset_after`` in seconds."""

    url: str
    shards: int
    total: int
    remaining: int
    reset_after: float
    max_concurrency: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who we are."""

    user_id: int
    application_id: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A message as it stands on Discord."""

    id: int
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionsInfo:
    """How Discord posts interactions: signed for ``verify_key`` (hexadecimal), if ``posts`` at all."""

    verify_key: str
    posts: bool


class Token(Protocol):
    """The bot's token, as far as Discord takes it."""

    @property
    def refused(self) -> bool:
        """Whether Discord is known to refuse it now."""
        ...

    def passing(self, *, since: float) -> AbstractAsyncContextManager[None]:
        """Wait until a call may be made with it, and learn from how it ends.

        ``since`` is when the caller began to try, by the loop's clock. Raises
        :class:`botpod.errors.CredentialRefused` where that was too long ago.
        """
        ...


class Rest:
    """``credential`` is the name of the token's credential, for errors.

    Answers outlive a token: where Discord refuses it they wait for the next one.
    """

    def __init__(self, client: BotClient, *, credential: str, token: Token) -> None:
        self._client = client
        self._credential = credential
        self._token = token

    async def _with_any_token[T](self, call: Callable[[], Awaitable[T]]) -> T:
        since = asyncio.get_running_loop().time()
        while True:
            called = False
            try:
                async with self._token.passing(since=since):
                    called = True
                    async with translated(credential=self._credential):
                        return await call()
            except CredentialRefused:
                if not called:
                    raise

    async def _get(self, path: str) -> Any:
        route = Route("GET", path)
        async with translated(credential=self._credential):
            return await self._client.http.request(route)

    async def login(self) -> Identity:
        """Try the token; raises :class:`botpod.errors.CredentialRefused`."""
        user = await self._get("/users/@me")
        application = await self._get("/oauth2/applications/@me")
        with understood():
            return Identity(
                user_id=int(user["id"]), application_id=int(application["id"]), name=user["username"]
            )

    async def gateway(self) -> GatewayInfo:
        """Ask where the gateway is and how many sessions may still be begun today."""
        data = await self._get("/gateway/bot")
        with understood():
            limit = data["session_start_limit"]
            return GatewayInfo(
                url=data["url"],
                shards=data["shards"],
                total=limit["total"],
                remaining=limit["remaining"],
                reset_after=limit["reset_after"] / 1000,
                max_concurrency=max(1, limit["max_concurrency"]),
            )

    async def messages(self, channel_id: int, *, after: int, limit: int) -> list[dict[str, Any]]:
        """Return the first messages of a channel after that id, the oldest first."""
        found = await self._with_any_token(
            lambda: self._client.http.logs_from(channel_id, limit, after=after)
        )
        with understood():
            return sorted(found, key=lambda one: int(one["id"]))  # type: ignore[arg-type] # as Discord sends it

    async def _read(self, path: str) -> Any:
        return await self._with_any_token(lambda: self._client.http.request(Route("GET", path)))

    async def guild(self, guild_id: int) -> Guild:
        """Return a guild's owner and roles."""
        data = await self._read(f"/guilds/{guild_id}")
        with understood():
            return access.guild(data)

    async def channel(self, channel_id: int) -> Channel:
        """Return a channel's exceptions, or a thread's parent."""
        data = await self._read(f"/channels/{channel_id}")
        with understood():
            return access.channel(data)

    async def member(self, guild_id: int, user_id: int, *, now: float) -> Member:
        """Return a member's roles; ``now`` in seconds since 1970 says whether a timeout is over."""
        data = await self._read(f"/guilds/{guild_id}/members/{user_id}")
        with understood():
            return access.member(data, now=now)

    async def interactions(self) -> InteractionsInfo:
        """Ask for the key that interactions over HTTP are verified with."""
        application = await self._get("/applications/@me")
        with understood():
            key = application["verify_key"]
            if len(bytes.fromhex(key)) != _KEY_BYTES:
                raise ValueError
            return InteractionsInfo(
                verify_key=key, posts=application.get("interactions_endpoint_url") is not None
            )

    async def commands(self, application_id: int) -> list[dict[str, Any]]:
        """Return the global commands that Discord has."""
        async with translated(credential=self._credential):
            return cast("list[dict[str, Any]]", await self._client.http.get_global_commands(application_id))

    async def overwrite_commands(self, application_id: int, commands: Sequence[dict[str, Any]]) -> None:
        """Make ``commands`` the global commands; those of the same name keep their ids."""
        async with translated(credential=self._credential):
            await self._client.http.bulk_upsert_global_commands(application_id, commands)

    async def send(self, channel_id: int, content: str, *, nonce: str, reply_to: int | None) -> Sent:
        """Send a message once per ``nonce``; return it, or what was sent under that ``nonce`` before."""
        reference = None
        if reply_to is not None:
            reference = {"message_id": reply_to, "channel_id": channel_id, "fail_if_not_exists": False}
        data = await self._with_any_token(
            lambda: self._client.http.send_message(
                channel_id,
                content,
                nonce=nonce,
                allowed_mentions=NO_PINGS,  # type: ignore[arg-type] # it takes the payload, whatever it says
                message_reference=reference,  # type: ignore[arg-type] # the same
                flags=SUPPRESS_EMBEDS,
            )
        )
        return Sent(id=int(data["id"]), content=data["content"])

    async def edit(self, channel_id: int, message_id: int, content: str) -> None:
        """Replace a message's content."""
        await self._with_any_token(
            lambda: self._client.http.edit_message(
                channel_id,
                message_id,
                content=content,
                allowed_mentions=NO_PINGS,
                # One that a version before sent lacks it.
                flags=SUPPRESS_EMBEDS,
            )
        )

    async def delete(self, channel_id: int, message_id: int) -> None:
        """Take a message away."""
        await self._with_any_token(lambda: self._client.http.delete_message(channel_id, message_id))

    async def typing(self, channel_id: int) -> None:
        """Show "typing" for ten seconds, or until a message is sent."""
        if self._token.refused:
            return
        async with translated(credential=self._credential):
            await self._client.http.send_typing(channel_id)

    @property
    def _webhooks(self) -> WebhookAdapter:
        return self._client.webhooks

    async def respond(self, interaction_id: int, token: str, content: str, *, ephemeral: bool) -> None:
        """Give an interaction its first answer."""
        data = _answer(content, ephemeral=ephemeral)
        async with translated():
            await self._webhooks.create_interaction_response(
                interaction_id, token, session=self._client.http.session, type=_RESPOND, data=data
            )

    async def defer(self, interaction_id: int, token: str) -> None:
        """Promise an interaction an answer within 15 minutes."""
        async with translated():
            await self._webhooks.create_interaction_response(
                interaction_id, token, session=self._client.http.session, type=_DEFER
            )

    async def edit_original(self, application_id: int, token: str, content: str) -> int:
        """Replace (or, after a deferral, write) an interaction's first answer; return its id."""
        async with translated():
            data = await self._webhooks.edit_original_interaction_response(
                application_id,
                token,
                session=self._client.http.session,
                payload=_message(content),
            )
        return int(data["id"])

    async def delete_original(self, application_id: int, token: str) -> None:
        """Take an interaction's first answer, or the "thinking" in its place, away."""
        async with translated():
            await self._webhooks.delete_original_interaction_response(
                application_id, token, session=self._client.http.session
            )

    async def follow_up(self, application_id: int, token: str, content: str, *, ephemeral: bool) -> int:
        """Give an interaction another answer; return its id."""
        async with translated():
            data = await self._webhooks.execute_webhook(
                application_id,
                token,
                session=self._client.http.session,
                payload=_answer(content, ephemeral=ephemeral),
                wait=True,
            )
        if data is None:
            return 0
        return int(data["id"])

    async def edit_follow_up(self, application_id: int, token: str, message_id: int, content: str) -> None:
        """Replace the content of another answer."""
        async with translated():
            await self._webhooks.edit_webhook_message(
                application_id,
                token,
                message_id,
                session=self._client.http.session,
                payload=_message(content),
            )

    async def delete_follow_up(self, application_id: int, token: str, message_id: int) -> None:
        """Take another answer away."""
        async with translated():
            await self._webhooks.delete_webhook_message(
                application_id, token, message_id, session=self._client.http.session
            )


def _message(content: str) -> dict[str, Any]:
    return {"content": content, "allowed_mentions": NO_PINGS, "flags": SUPPRESS_EMBEDS}


def _answer(content: str, *, ephemeral: bool) -> dict[str, Any]:
    return {**_message(content), "flags": SUPPRESS_EMBEDS | (EPHEMERAL if ephemeral else 0)}
