"""A tryout from its start to its end: the order of things."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import TYPE_CHECKING

from botpod_local.standins import (
    LOOPBACK,
    discord_at,
    discord_command,
    free_port,
    models_at,
    models_command,
    require_free,
)
from botpod_local.tryout import words
from botpod_local.tryout.botconfig import DISCORD_TOKEN, bot_command, configuration
from botpod_local.tryout.children import Children
from botpod_local.tryout.folder import Folder, root
from botpod_local.tryout.lock import alone
from botpod_local.tryout.maker import follow
from botpod_local.tryout.plan import real_credentials, with_standins, without_secrets
from botpod_local.tryout.readiness import wait_ready

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping
    from pathlib import Path
    from typing import Any

    from botpod_local.demo.plan import Plan
    from botpod_local.progress import Progress
    from botpod_local.standins import Address, Discord, Models
    from botpod_local.tryout.acceptance import Accepted
    from botpod_local.tryout.plan import Services
    from botpod_local.tryout.readiness import Standing

OTHER_PORT = "end what listens there, or choose another with `make try PAGE_PORT=7001`"
OTHER_API_PORT = (
    "bots expect the stand-in for Discord there; end what listens there, or begin anew after `make down`"
)
GUESS_S = 8.0


class Stopped(Exception):
    """Somebody asked to end."""


@dataclass(frozen=True, kw_only=True)
class Tryout:
    """What is to run: ``plan`` says what of it is real, ``services`` where that is."""

    plan: Plan
    services: Services
    cache: Path
    environ: Mapping[str, str]
    page_port: int

    async def run(self, *, say: Callable[[str], None], progress: Progress) -> None:
        """Run until a signal asks to end. LocalError in one sentence where it can't run, or runs no more."""
        stop = _stop_asked()
        following = asyncio.create_task(follow(stop.set), name="follow make")
        with alone(root(self.cache), where=self._where):
            if not self.plan.real_discord:
                require_free(self._page, remedy=OTHER_PORT)
            try:
                accepted = await _unless(stop, self._accepted())
                folder = self._folder(accepted)
                await self._serve(folder, accepted, stop=stop, say=say, progress=progress)
            except Stopped:
                say(words.over(root(self.cache)))
            finally:
                following.cancel()

    async def _serve(
        self,
        folder: Folder,
        accepted: Accepted | None,
        *,
        stop: asyncio.Event,
        say: Callable[[str], None],
        progress: Progress,
    ) -> None:
        folder.prepare()
        environ = without_secrets(self.environ, real_credentials(self.plan).values())
        try:
            async with Children(environ=environ) as children:
                with progress.step("starting the bot", key="try", guess_s=GUESS_S):
                    standing = await children.watch(_unless(stop, self._start(children, folder)))
                say(self._closing(folder, accepted, standing))
                await children.watch(_unless(stop, asyncio.Event().wait()))
        finally:
            folder.forget_credentials()

    async def _start(self, children: Children, folder: Folder) -> Standing:
        """Start all at once: a bot loads longer than the stand-ins, and asks again where it comes first."""
        folder.put_credentials({DISCORD_TOKEN: token_urlsafe(), **self.plan.credentials})
        of_models, ports = (LOOPBACK, free_port()), (free_port(), free_port())
        discord = await self._discord(children, folder)
        models = await self._models(children, folder, of_models)
        folder.put_config(
            configuration(
                services=with_standins(self.services, discord, models),
                model=self.plan.model,
                credentials=folder.credentials,
                database=folder.database,
                ports=ports,
            )
        )
        await children.start("the bot", bot_command(folder.config), log=folder.log("bot"))
        also = [*([self._page] if discord else []), *([of_models] if models else [])]
        return await wait_ready(ports[1], also=also)

    async def _discord(self, children: Children, folder: Folder) -> Discord | None:
        if self.plan.real_discord:
            return None
        api, page, token = self._api(folder), self._page, folder.credentials / DISCORD_TOKEN
        command = discord_command(api=api, page=page, token_file=token, keep=folder.world)
        await children.start("the stand-in for Discord", command, log=folder.log("discord"))
        return discord_at(api=api, page=page, token_file=token)

    async def _models(self, children: Children, folder: Folder, address: Address) -> Models | None:
        if self.plan.real_model:
            return None
        command = models_command(listen=address)
        await children.start("the stand-in for the models", command, log=folder.log("models"))
        return models_at(address)

    def _api(self, folder: Folder) -> Address:
        """Return where bots find Discord: where it was, since one resumes its session there."""
        kept = folder.api_port
        if kept is not None:
            require_free((LOOPBACK, kept), remedy=OTHER_API_PORT)
            return LOOPBACK, kept
        port = free_port()
        folder.api_port = port
        return LOOPBACK, port

    async def _accepted(self) -> Accepted | None:
        """Ask those who are real about their credentials."""
        if not (self.plan.real_discord or self.plan.real_model):
            return None
        # 300 ms that a tryout on stand-ins doesn't pay.
        from botpod_local.tryout.acceptance import examine  # noqa: PLC0415

        return await examine(real_credentials(self.plan), self.services)

    def _folder(self, accepted: Accepted | None) -> Folder:
        application = accepted.application_id if accepted else None
        return Folder(root(self.cache) / (f"discord-{application}" if application else "page"))

    @property
    def _page(self) -> Address:
        return LOOPBACK, self.page_port

    @property
    def _page_url(self) -> str:
        return f"http://{LOOPBACK}:{self.page_port}"

    @property
    def _where(self) -> str:
        return "in Discord" if self.plan.real_discord else f"at {self._page_url}"

    def _closing(self, folder: Folder, accepted: Accepted | None, standing: Standing) -> str:
        notes = (*(accepted.warnings if accepted else ()), *standing.notes)
        return words.closing(
            folder.path,
            notes=notes,
            page_url=None if self.plan.real_discord else self._page_url,
            application_id=accepted.application_id if accepted else None,
            real_model=self.plan.real_model,
        )


async def _unless[T](stop: asyncio.Event, work: Coroutine[Any, Any, T]) -> T:
    """Return what ``work`` does. Raises Stopped as soon as ``stop`` is set."""
    task, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if stop.is_set():
            raise Stopped
        return await task
    finally:
        stopping.cancel()
        task.cancel()
        await asyncio.wait({task, stopping})


def _stop_asked() -> asyncio.Event:
    asked = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    return asked
