"""The composition root: makes every part, hands each what it needs, runs them, and stops them in order."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import functools
import logging
import os
import time
import uuid
from typing import TYPE_CHECKING

from botpod_credentials.listening.listener import Listener
from botpod_credentials.vault.wire import Wire
from botpod_credentials.verify.examiner import Examiner
from botpod_operator.classes import Classes
from botpod_operator.http import application
from botpod_operator.identity import MANAGER
from botpod_operator.kube.client import Kube
from botpod_operator.kube.kubeconfig import client_configuration
from botpod_operator.leader.candidate import Candidate, Terms
from botpod_operator.leader.elector import Elector
from botpod_operator.leader.leadership import Alone
from botpod_operator.lifecycle import Lifecycle
from botpod_operator.loops import loops
from botpod_operator.metrics.api import ApiMetrics
from botpod_operator.metrics.leader import LeaderMetrics
from botpod_operator.metrics.process import registry_of_the_process
from botpod_operator.startup import classed, listed, served
from botpod_operator.usage.pods import Pods
from botpod_operator.watch.gate import Gate
from botpod_operator.watch.intake import Intake
from botpod_operator.watch.queue import Queue
from botpod_operator.watch.relists import Relists
from botpod_operator.watch.resync import Resync
from botpod_operator.watch.store import Store

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp import web

    from botpod_operator.config import OperatorConfig
    from botpod_operator.identity import BotKey
    from botpod_operator.leader.leadership import Leadership
    from botpod_operator.stop import Stop

type Watcher = Callable[[Intake, OperatorConfig, asyncio.Event, asyncio.Event], Awaitable[None]]
"""Feeds the intake until the second event is set; sets the first one once it watches."""

logger = logging.getLogger(__name__)


async def run(config: OperatorConfig, *, watch: Watcher, stop: Stop) -> None:
    """Run the operator until told to stop.

    Raises:
        LeadershipLost: another one may act by now.
    """
    registry = registry_of_the_process()
    identity = f"{_instance()}_{uuid.uuid4().hex[:8]}"
    async with contextlib.AsyncExitStack() as stack:
        connect = functools.partial(
            _connected, stack, user_agent=f"{MANAGER} ({identity})", metrics=ApiMetrics(registry)
        )
        # Connections of its own: looks that wait for each other's must not keep the Lease from being renewed.
        standby = await connect(connections=2)
        leadership = _leadership(config, api=standby, identity=identity, metrics=LeaderMetrics(registry))
        kube = await connect(connections=config.workers * 8, permit=leadership.permit)
        store = Store()
        queue: Queue[BotKey] = Queue(scheduler=asyncio.get_running_loop())
        gate = Gate(store=store, queue=queue)
        classes = Classes(
            kube=kube,
            store=store,
            queue=Queue(scheduler=asyncio.get_running_loop()),
            namespace=config.namespace,
            clock=time.monotonic,
        )
        verifier, pods, wire = Examiner(), Pods(kube=kube), Wire()
        stack.push_async_callback(wire.close)
        stack.push_async_callback(verifier.close)
        stack.push_async_callback(pods.close)
        workers = loops(
            config,
            kube=kube,
            store=store,
            queue=queue,
            pods=pods,
            verifier=verifier,
            wire=wire,
            registry=registry,
            leads=leadership.leads,
            instance=_instance(),
            now=_now,
        )
        watching = asyncio.Event()
        app = application(
            registry=registry,
            alive=lambda: not workers.broken,
            # Who stands by is ready, too: it watches, and may lead.
            ready=lambda: (
                watching.is_set()
                and not workers.broken
                and leadership.able
                and (gate.is_open or not leadership.leading.is_set())
            ),
        )
        await _serve(app, config.metrics_port, stack)
        logger.info("started", extra={"namespace": config.namespace, "identity": identity})

        # By the connections of the stand-by: what it knows must be right, too.
        resync = Resync(kube=standby, store=store, namespaces=config.watch.namespaces)
        relists = Relists(clock=time.monotonic, again=resync.due)

        async def watch_what_is_served(ending: asyncio.Event) -> None:
            await served(standby)
            relists.begin()
            intake = Intake(
                store=store, enqueue=gate.enqueue, enqueue_class=classes.enqueue, shown=relists.shown
            )
            # Before the watches begin: kopf ends every task that is younger than itself.
            comparing = asyncio.create_task(resync.run(intake), name="resync")
            try:
                await watch(intake, config, watching, ending)
            finally:
                comparing.cancel()

        async def act() -> None:
            await classed(kube, spec=config.default_class, namespace=config.namespace)
            await listed(relists.complete_in)
            store.see_lists_complete()
            gate.open()
            await classes.run()

        await Lifecycle(
            watch=watch_what_is_served,
            watching=watching,
            leadership=leadership,
            act=act,
            workers=workers,
            stop=stop,
        ).run()


async def _connected(
    stack: contextlib.AsyncExitStack,
    *,
    connections: int,
    user_agent: str,
    metrics: ApiMetrics,
    permit: Callable[[], None] = lambda: None,
) -> Kube:
    configuration = await client_configuration(connections=connections)
    kube = Kube(configuration, user_agent=user_agent, metrics=metrics, permit=permit)
    stack.push_async_callback(kube.close)
    return kube


def _leadership(config: OperatorConfig, *, api: Kube, identity: str, metrics: LeaderMetrics) -> Leadership:
    leadership = (
        Elector(
            candidate=Candidate(identity=identity, terms=Terms()),
            api=api,
            namespace=config.namespace,
            name=config.leader_election.lease_name,
            metrics=metrics,
            clock=_since_boot,
            now=_now,
        )
        if config.leader_election.enabled
        else Alone()
    )
    metrics.follow(leadership.leads)
    return leadership


async def _serve(app: web.Application, port: int, stack: contextlib.AsyncExitStack) -> None:
    listener = Listener(app)
    stack.push_async_callback(listener.close)
    await listener.start(None, port)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _instance() -> str:
    """Return the pod's name."""
    return os.environ.get("HOSTNAME", MANAGER)


def _since_boot() -> float:
    """Return a time that goes on while the machine is suspended: the others' does meanwhile, too."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)
