"""Posts interactions to endpoints, with Discord's patience."""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import aiohttp

from botpod_local.discord.endpoints.signing import SIGNATURE, signed
from botpod_local.discord.errors import Refusal
from botpod_local.discord.hosts import with_host
from botpod_local.discord.rest.call import Call
from botpod_local.discord.rest.interactions import PONG, create_response
from botpod_local.discord.world.interactions import FIRST_ANSWER_SECONDS, mark_failed
from botpod_local.discord.world.records import InteractionType
from botpod_local.discord.world.tokens import interaction_token

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod_local.discord.gateway.hub import Hub
    from botpod_local.discord.record import Record
    from botpod_local.discord.settings import Settings
    from botpod_local.discord.world.records import Application, Interaction, Json
    from botpod_local.discord.world.world import World


class Endpoints:
    """Each interaction is posted once; an answer other than 200 or 202 within three seconds is a failure.

    ``base`` returns the address that files are fetched from, without a slash at its end.
    """

    def __init__(
        self, *, world: World, hub: Hub, settings: Settings, record: Record, base: Callable[[], str]
    ) -> None:
        self._world = world
        self._hub = hub
        self._settings = settings
        self._record = record
        self._base = base
        self._session: aiohttp.ClientSession | None = None
        self._posting: set[asyncio.Task[None]] = set()

    async def verify(self, application: Application, url: str) -> bool:
        """Say whether who listens at ``url`` answers a PING, and refuses one that is not signed for it."""
        ping_id = self._world.snowflakes.next()
        body = _written(
            {
                "version": 1,
                "id": str(ping_id),
                "application_id": str(application.id),
                "type": InteractionType.PING,
                "token": interaction_token(ping_id),
            }
        )
        good = signed(body, private_key=application.private_key, now=self._world.now())
        bad = good | {SIGNATURE: "".join(reversed(good[SIGNATURE]))}
        try:
            status, pong = await self._send(url, body, good)
            refused, _ = await self._send(url, body, bad)
        except (aiohttp.ClientError, OSError, TimeoutError):
            return False
        answered = isinstance(pong, dict) and pong.get("type") == PONG
        return status == HTTPStatus.OK and answered and refused == HTTPStatus.UNAUTHORIZED

    def post(self, interaction: Interaction, payload: Json) -> None:
        """Post one, at once; see :class:`botpod_local.discord.world.happening.Poster`."""
        task = asyncio.create_task(self._post(interaction, payload))
        self._posting.add(task)
        task.add_done_callback(self._posting.discard)

    async def _post(self, interaction: Interaction, payload: Json) -> None:
        application = self._world.applications[interaction.application_id]
        body = with_host(_written(payload).decode(), self._base()).encode()
        begun = asyncio.get_running_loop().time()
        headers = signed(body, private_key=application.private_key, now=self._world.now())
        status, outcome = 0, "unreachable"
        try:
            status, answer = await self._send(application.interactions_endpoint_url or "", body, headers)
            outcome = self._answered(interaction, status, answer)
        except TimeoutError:
            outcome = "late"
        except (aiohttp.ClientError, OSError):
            pass
        self._record.count("posts")
        self._record.add(
            "post",
            interaction_id=str(interaction.id),
            application_id=str(application.id),
            status=status,
            outcome=outcome,
            seconds=asyncio.get_running_loop().time() - begun,
        )
        if outcome not in {"accepted", "answered"}:
            mark_failed(self._world, interaction.id)

    def _answered(self, interaction: Interaction, status: int, answer: Any) -> str:
        if status == HTTPStatus.ACCEPTED:
            return "accepted"
        if status != HTTPStatus.OK:
            return "refused"
        call = Call(
            world=self._world,
            hub=self._hub,
            endpoints=self,
            settings=self._settings,
            caller=None,
            method="POST",
            params={"interaction_id": str(interaction.id), "interaction_token": interaction.token},
            query={},
            body=answer,
        )
        try:
            create_response(call)
        except Refusal:
            return "invalid"
        return "answered"

    async def _send(self, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, Any]:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=FIRST_ANSWER_SECONDS),
                headers={"Content-Type": "application/json", "User-Agent": "Discord-Interactions/1.0"},
            )
        async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as answer:
            raw = await answer.read()
            try:
                return answer.status, json.loads(raw) if raw else None
            except ValueError:
                return answer.status, None

    async def close(self) -> None:
        """Give up what is under way."""
        for task in self._posting:
            task.cancel()
        await asyncio.gather(*self._posting, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None


def _written(payload: Json) -> bytes:
    return json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()
