"""The composition root: makes every part, hands each what it needs, runs them, and stops them in order."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from aiohttp import web
from prometheus_client import CollectorRegistry

from botpod_operator.credentials.courier import Courier
from botpod_operator.credentials.looks import Looks
from botpod_operator.credentials.port import Unverified
from botpod_operator.credentials.sources import SourceFactory
from botpod_operator.credentials.vault import Logins
from botpod_operator.http import application
from botpod_operator.identity import MANAGER
from botpod_operator.kube.announce import Announcer
from botpod_operator.kube.children import Children
from botpod_operator.kube.client import Kube
from botpod_operator.kube.kubeconfig import client_configuration
from botpod_operator.kube.statuswriter import StatusWriter
from botpod_operator.metrics import ApiMetrics, LoopMetrics
from botpod_operator.reconcile import Reconciler
from botpod_operator.startup import prepare
from botpod_operator.watch.intake import Intake
from botpod_operator.watch.queue import Queue
from botpod_operator.watch.store import Store
from botpod_operator.watch.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from botpod_operator.config import OperatorConfig
    from botpod_operator.identity import BotKey

VAULT_THREADS = 8
"""Requests to Vault side by side; hvac blocks."""

type Watcher = Callable[[Intake, OperatorConfig, asyncio.Event], Awaitable[None]]
"""Feeds the intake until it is told to stop; sets the event once it watches."""

logger = logging.getLogger(__name__)


async def run(config: OperatorConfig, *, watch: Watcher) -> None:
    """Run the operator until ``watch`` returns (on SIGTERM), then stop in order."""
    registry = CollectorRegistry()
    async with contextlib.AsyncExitStack() as stack:
        kube = Kube(
            await client_configuration(connections=config.workers * 8),
            user_agent=MANAGER,
            metrics=ApiMetrics(registry),
        )
        stack.push_async_callback(kube.close)
        threads = stack.enter_context(ThreadPoolExecutor(VAULT_THREADS, thread_name_prefix="vault"))
        store = Store()
        queue: Queue[BotKey] = Queue(scheduler=asyncio.get_running_loop())
        workers = Workers(
            queue=queue,
            look=_reconciler(config, kube=kube, store=store, threads=threads),
            metrics=LoopMetrics(registry, depth=lambda: len(queue), oldest=queue.oldest),
            clock=time.monotonic,
            count=config.workers,
        )
        watching = asyncio.Event()
        app = application(
            registry=registry,
            alive=lambda: not workers.broken,
            ready=lambda: watching.is_set() and not workers.broken,
        )
        await _serve(app, config.metrics_port, stack)
        logger.info("started", extra={"namespace": config.namespace})
        await prepare(kube, spec=config.default_class)
        workers.start()
        stack.push_async_callback(workers.stop)
        await watch(Intake(store=store, enqueue=queue.add), config, watching)
        watching.clear()
        logger.info("stopping")


def _reconciler(
    config: OperatorConfig, *, kube: Kube, store: Store, threads: ThreadPoolExecutor
) -> Reconciler:
    children = Children(kube=kube, store=store)
    factory = SourceFactory(
        reader=kube,
        issuer=kube,
        logins=Logins(clock=time.monotonic),
        threads=threads,
        operator_namespace=config.namespace,
        now=_now,
    )
    courier = Courier(keeper=children, verifier=Unverified())
    instance = os.environ.get("HOSTNAME", MANAGER)
    return Reconciler(
        kube=kube,
        store=store,
        children=children,
        looks=Looks(courier=courier, factory=factory, clock=time.monotonic),
        statuses=StatusWriter(kube=kube, store=store),
        announcer=Announcer(kube=kube, instance=instance, now=_now),
        now=_now,
    )


async def _serve(app: web.Application, port: int, stack: contextlib.AsyncExitStack) -> None:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, port=port).start()


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
