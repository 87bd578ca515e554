"""The loops that look at bots, at Vault's entries and at pods, and what each of them needs."""

from __future__ import annotations

import asyncio
import random
import time
from typing import TYPE_CHECKING

from botpod_credentials.vault.sessions import Sessions
from botpod_operator.credentials.board import Board, Place
from botpod_operator.credentials.courier import Courier
from botpod_operator.credentials.direct import DirectCourier
from botpod_operator.credentials.logins import Logins
from botpod_operator.credentials.looks import Looks
from botpod_operator.credentials.outages import Outages
from botpod_operator.credentials.patience import Patience
from botpod_operator.credentials.sources import SourceFactory
from botpod_operator.credentials.vault import VaultTools
from botpod_operator.kube.announce import Announcer
from botpod_operator.kube.children import Children
from botpod_operator.kube.names import Names
from botpod_operator.kube.statuswriter import StatusWriter
from botpod_operator.metrics.deliveries import DeliveryMetrics
from botpod_operator.metrics.fleet import Fleet
from botpod_operator.metrics.loops import LoopMetrics
from botpod_operator.metrics.side import SideMetrics
from botpod_operator.metrics.vaults import Vaults
from botpod_operator.reconcile import Reconciler
from botpod_operator.usage.confirmer import Confirmer
from botpod_operator.usage.prober import Prober
from botpod_operator.usage.trials import Trials
from botpod_operator.watch.queue import Queue
from botpod_operator.watch.workers import Crew, Workers

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Awaitable, Callable, Hashable
    from concurrent.futures import Executor

    from prometheus_client import CollectorRegistry

    from botpod_operator.config import OperatorConfig
    from botpod_operator.credentials.port import Verifier
    from botpod_operator.identity import BotKey
    from botpod_operator.kube.client import Kube
    from botpod_operator.usage.pods import Pods
    from botpod_operator.watch.store import Store

VAULT_READERS = 4
"""Entries read side by side; each call holds one of the threads."""
CONFIRMERS = 4
PROBERS = 8
"""Bots whose pods are asked how they stand: a thousand whose pods don't answer take two minutes."""
TRIERS = 4
"""Bots whose pods are waited for side by side; a trial takes as long as its vendor."""


def loops(
    config: OperatorConfig,
    *,
    kube: Kube,
    store: Store,
    queue: Queue[BotKey],
    pods: Pods,
    verifier: Verifier,
    threads: Executor,
    registry: CollectorRegistry,
    leads: Callable[[], bool],
    instance: str,
    now: Callable[[], dt.datetime],
) -> Crew:
    """Return the loops, which work once they are started and something is in their queues."""
    scheduler = asyncio.get_running_loop()
    places: Queue[Place] = Queue(scheduler=scheduler)
    confirmations: Queue[BotKey] = Queue(scheduler=scheduler)
    probes: Queue[BotKey] = Queue(scheduler=scheduler)
    tried: Queue[BotKey] = Queue(scheduler=scheduler)
    events: Queue[str] = Queue(scheduler=scheduler)

    def moved(bot: BotKey) -> None:
        looks.nudge(bot)
        queue.add(bot)

    board = Board(
        queue=places,
        outages=Outages(clock=time.monotonic, jitter=random.uniform),
        notify=moved,
        clock=time.monotonic,
        jitter=random.uniform,
    )
    children = Children(kube=kube, store=store, names=Names(kube=kube, clock=time.monotonic))
    factory = SourceFactory(
        reader=kube,
        vault=VaultTools(
            issuer=kube,
            logins=Logins(clock=time.monotonic),
            board=board,
            threads=threads,
            sessions=Sessions(),
            now=now,
        ),
        operator_namespace=config.namespace,
    )
    courier = Courier(
        keeper=children,
        verifier=verifier,
        patience=Patience(clock=time.monotonic, jitter=random.uniform),
    )
    trials = Trials(pods=pods, queue=tried, notify=moved, jitter=random.uniform)
    direct = DirectCourier(
        courier=courier, trials=trials, patience=Patience(clock=time.monotonic, jitter=random.uniform)
    )
    looks = Looks(courier=courier, direct=direct, factory=factory, board=board, clock=time.monotonic)
    confirmer = Confirmer(pods=pods, queue=confirmations, notify=queue.add, jitter=random.uniform)
    prober = Prober(
        pods=pods,
        queue=probes,
        notify=queue.add,
        now=lambda: now().timestamp(),
        jitter=random.uniform,
    )
    announcer = Announcer(kube=kube, instance=instance, now=now, queue=events)
    reconciler = Reconciler(
        kube=kube,
        store=store,
        children=children,
        looks=looks,
        confirmer=confirmer,
        prober=prober,
        statuses=StatusWriter(kube=kube, store=store),
        announcer=announcer,
        deliveries=DeliveryMetrics(registry),
        now=now,
    )
    registry.register(Fleet(store=store, checked_ago=looks.checked_ago, leads=leads, now=now))
    registry.register(Vaults(board))
    side = SideMetrics(registry)

    def beside[K: Hashable](
        kind: str, queue: Queue[K], look: Callable[[K], Awaitable[float | None]], count: int
    ) -> Workers[K]:
        return Workers(queue=queue, look=look, metrics=side.of(kind), clock=time.monotonic, count=count)

    return Crew(
        (
            Workers(
                queue=queue,
                look=reconciler,
                metrics=LoopMetrics(registry, depth=lambda: len(queue), oldest=queue.oldest),
                clock=time.monotonic,
                count=config.workers,
            ),
            beside("vault", places, board.poll, VAULT_READERS),
            beside("pods", confirmations, confirmer.confirm, CONFIRMERS),
            beside("probes", probes, prober.look, PROBERS),
            beside("trials", tried, trials.ask, TRIERS),
            beside("events", events, announcer.send_waiting, 1),
        )
    )
