"""The composition root: one process, put together from its configuration, run, and taken apart again."""

from __future__ import annotations

import asyncio
import gc
import logging
import random
import signal
import time
from contextlib import AsyncExitStack, suppress
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import uvloop

from botpod import parts
from botpod.config.live import LiveConfiguration
from botpod.credentials.store import Credentials
from botpod.dispatch.dispatcher import Dispatcher
from botpod.errors import Transient
from botpod.gateway.gateway import Gateway
from botpod.gateway.limits.compose import rest_transport
from botpod.http.heartbeat import Heartbeat
from botpod.http.pages import Pages
from botpod.http.servers import Servers
from botpod.inbox.presence import stay_alive
from botpod.logs import set_levels, set_up
from botpod.metrics.registry import Metrics
from botpod.metrics.standing import Standing
from botpod.models.fallback import ConfiguredModels
from botpod.mounts import watch
from botpod.router import Router
from botpod.state.advice import advise
from botpod.status import Status
from botpod.storage.amendments import Amendments
from botpod.storage.conversations import SqlConversations

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from botpod.config.schema import Configuration
    from botpod.config.source import Source
    from botpod.events import Author, Place
    from botpod.interactions.intake import Intake

log = logging.getLogger(__name__)

HOUSEKEEPING_SECONDS = 3600.0


def run(configuration: Configuration, source: Source) -> int:
    """Run the bot until SIGTERM or SIGINT, following ``source``; return the process's exit code."""
    credentials = credentials_of(configuration, source)
    set_up(configuration.logging, secrets=credentials.secrets)
    for warning in source.warnings:
        log.warning("%s", warning)
    # It takes less processor time for each answer than the standard library's loop.
    return uvloop.run(_until_stopped(configuration, credentials, source))


def credentials_of(configuration: Configuration, source: Source) -> Credentials:
    """Return the credentials that the configuration lists, each looked at once."""
    credentials = Credentials(source.credentials, [key.name for key in configuration.credentials.keys])
    credentials.look()
    return credentials


async def _until_stopped(configuration: Configuration, credentials: Credentials, source: Source) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return await serve(configuration, credentials, stop=stop, source=source)


async def serve(
    configuration: Configuration,
    credentials: Credentials,
    *,
    stop: asyncio.Event,
    source: Source,
    listening: Callable[[Servers], None] = lambda _: None,
) -> int:
    """Run the bot until ``stop``; return 0, or 1 when it failed in a way that a new process may mend.

    What can be swapped in place follows ``source``. ``listening`` hears of the two ports. Raises
    :class:`botpod.errors.ConfigurationInvalid` before anything is said to Discord.
    """
    status = Status(bot=configuration.bot.identity, delivery=configuration.discord.delivery)
    status.details["credentials"] = credentials.status
    release = version("botpod")
    metrics = Metrics(version=release)
    async with AsyncExitStack() as stack:
        database = parts.database(configuration, credentials, status)
        stack.push_async_callback(database.close)
        conversations = SqlConversations(database, bot=configuration.bot.identity)
        amendments = Amendments(
            database, bot=configuration.bot.identity, conversations=conversations, now=time.time
        )
        models = ConfiguredModels(configuration.models, secret=credentials.value, observer=metrics.asked)
        stack.push_async_callback(models.close)
        status.details["models"] = models.status
        common = parts.shared_with_pods(configuration, credentials, status, database)
        transport = rest_transport(
            common.rest,
            status=status,
            observer=metrics.rest,
            random=random.random,
            clock=asyncio.get_running_loop().time,
        )
        behave = partial(
            parts.behaviour, models=models, conversations=conversations, crowded=lambda: transport.crowded
        )
        behaviour = behave(configuration)
        manifests = [skill.manifest for skill in behaviour.skills.values()]
        state, inbox = common.state, common.inbox
        stack.push_async_callback(state.close)
        # What it can't finish any more is another's at once.
        stack.push_async_callback(inbox.leave)

        async def permissions(author: Author, place: Place) -> int:
            # Dispatcher and gateway need each other; nothing is asked before both are there.
            return await gateway.permissions(author, place)

        dispatcher = Dispatcher(
            router=Router.of(manifests, prefix=configuration.command_prefix),
            behaviour=behaviour,
            ledger=inbox,
            windows=state,
            permissions=permissions,
            observer=metrics,
            clock=time.monotonic,
        )
        intake = parts.intake(configuration, metrics.posted)
        gateway = Gateway(
            configuration.discord,
            read_token=partial(credentials.value, configuration.discord.credential),
            state=state,
            inbox=inbox,
            status=status,
            manifests=manifests,
            sink=dispatcher,
            random=random.random,
            transport=transport,
            observer=metrics,
            intake=intake,
            history=amendments,
        )
        heartbeat = Heartbeat(clock=time.monotonic)
        metrics.add(Standing(status, models=models.status, lag=lambda: heartbeat.lag))
        pages = Pages(
            status=status,
            metrics=metrics,
            heartbeat=heartbeat,
            models=models.status,
            version=release,
            key=None
            if (name := configuration.server.metrics_credential) is None
            else partial(credentials.value, name),
        )
        listening(await stack.enter_async_context(_servers(configuration, pages, intake)))

        def swap(before: Configuration, after: Configuration) -> None:
            dispatcher.use(behave(after))
            set_levels(after.logging, before=before.logging)

        async def new_credentials() -> None:
            await asyncio.to_thread(credentials.refresh)
            # The token first: a delivery counts as used once every value in it is.
            await gateway.take_up_token()
            await asyncio.to_thread(credentials.look)

        _in_background(stack, heartbeat.run(), watch(credentials.paths, new_credentials))
        _follow(stack, source, configuration, status, swap)
        stack.push_async_callback(gateway.close)
        # Whoever is answered first should be remembered too; a database that is away costs a few seconds.
        await database.start()
        # Before anything arrives: an import holds everything up, and a lease is short, as are Discord's 3 s.
        await models.warm()
        # Before anything is claimed: who isn't alive claims nothing for long.
        await inbox.live()
        _in_background(stack, stay_alive(inbox, lease_seconds=configuration.discord.shards.lease_seconds))
        gateway.start()
        # What is there now stays: the collector need not look at it again and again.
        gc.freeze()
        gc.enable()
        _in_background(stack, _tidy(conversations), advise(state, status), amendments.run())
        failed = await _either(stop, gateway)
        await _drain(configuration.shutdown.grace_seconds, gateway, dispatcher, status)
    return 1 if failed else 0


def _servers(configuration: Configuration, pages: Pages, intake: Intake | None) -> Servers:
    section = configuration.server
    return Servers(
        pages.public(intake),
        pages.internal(),
        public_port=section.public_port,
        internal_port=section.internal_port,
        public_host=section.public_host,
        internal_host=section.internal_host,
    )


def _follow(
    stack: AsyncExitStack,
    source: Source,
    running: Configuration,
    status: Status,
    use: Callable[[Configuration, Configuration], None],
) -> None:
    if source.file is None:
        return
    live = LiveConfiguration(source.file, running, read=source.read, check=source.check, use=use)
    status.details["configuration"] = live.status
    _in_background(stack, watch((source.file,), live.look))


def _in_background(stack: AsyncExitStack, *work: Coroutine[Any, Any, None]) -> None:
    for one in work:
        stack.callback(asyncio.create_task(one).cancel)


async def _tidy(conversations: SqlConversations) -> None:
    while True:
        with suppress(Transient):
            await conversations.forget_old()
        await asyncio.sleep(HOUSEKEEPING_SECONDS)


async def _either(stop: asyncio.Event, gateway: Gateway) -> bool:
    """Wait for the wish to stop or a failure; return whether it was a failure."""
    stopping = asyncio.create_task(stop.wait())
    failing = asyncio.create_task(gateway.failure())
    await asyncio.wait({stopping, failing}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not failing.done():
        failing.cancel()
        return False
    log.critical("The gateway failed.", exc_info=failing.exception())
    return True


async def _drain(grace: float, gateway: Gateway, dispatcher: Dispatcher, status: Status) -> None:
    status.draining = True
    log.info("Stopping.", extra={"unfinished": dispatcher.unfinished})
    began = time.monotonic()
    await gateway.stop()
    stopped = await dispatcher.drain(max(0.0, grace - (time.monotonic() - began)))
    log.info("Stopped.", extra={"cutOff": stopped})
