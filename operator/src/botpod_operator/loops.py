"""The loops that look at bots, at Vault's entries and at pods, and what each of them needs."""

from __future__ import annotations

import asyncio
import random
import time
from typing import TYPE_CHECKING

from botpod_operator.accounts.keeper import Keeper
from botpod_operator.accounts.postgresql import PostgresqlMaker
from botpod_operator.accounts.redis import RedisMaker
from botpod_operator.accounts.seed import SecretValues
from botpod_operator.accounts.source import Accounts
from botpod_operator.admission import Admission
from botpod_operator.credentials.board import Board
from botpod_operator.credentials.courier import Courier
from botpod_operator.credentials.direct import DirectCourier
from botpod_operator.credentials.errands import Errands, Slow
from botpod_operator.credentials.logins import Logins
from botpod_operator.credentials.looks import Looks
from botpod_operator.credentials.outages import Outages
from botpod_operator.credentials.patience import Patience
from botpod_operator.credentials.pauses import Pauses
from botpod_operator.credentials.sources import SourceFactory
from botpod_operator.credentials.vault import VaultTools
from botpod_operator.desired.networkpolicy import Peers
from botpod_operator.kube.announce import Announcer
from botpod_operator.kube.children import Children
from botpod_operator.kube.names import Names
from botpod_operator.kube.namespaces import Namespaces
from botpod_operator.kube.statuswriter import StatusWriter
from botpod_operator.metrics.deliveries import DeliveryMetrics
from botpod_operator.metrics.fleet import Fleet
from botpod_operator.metrics.loops import LoopMetrics
from botpod_operator.metrics.side import SideMetrics
from botpod_operator.metrics.vaults import Vaults
from botpod_operator.reconcile import Reconciler
from botpod_operator.usage.confirmer import Confirmer
from botpod_operator.usage.inspector import Inspector
from botpod_operator.usage.prober import Prober
from botpod_operator.usage.trials import Trials
from botpod_operator.watch.queue import Queue
from botpod_operator.watch.turns import Turns
from botpod_operator.watch.workers import Crew, FairWorkers, Workers

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Awaitable, Callable, Hashable
    from contextlib import AbstractAsyncContextManager

    from prometheus_client import CollectorRegistry

    from botpod_credentials.vault.wire import Wire
    from botpod_operator.accounts.server import Server
    from botpod_operator.config import OperatorConfig
    from botpod_operator.credentials.places import Place
    from botpod_operator.credentials.port import Verifier
    from botpod_operator.identity import BotKey
    from botpod_operator.kube.client import Kube
    from botpod_operator.usage.pods import Pods
    from botpod_operator.watch.store import Store

VAULT_READERS = 4
"""Entries read side by side, of Vaults that answer at once: what takes longer goes on beside these."""
CONFIRMERS, PROBERS, OF_ONE = 128, 128, 16
"""Bots whose pods are asked what they use, and how they stand, side by side: of all namespaces, and of one. A
thousand in one namespace whose pods don't answer take a minute."""
TRIERS, HANGING_OF_ONE = 256, 2
"""Bots whose pods are waited for side by side: a trial takes as long as its vendor, or 30 s where a pod means
it to. Those that did before wait for one another, not for the rest of their namespace."""

INSPECTORS = 8
"""Bots about whose pods the API server is asked side by side."""
ACCOUNT_SERVERS = 4
"""Servers whose accounts are looked after side by side."""

type Turn = Callable[[BotKey], AbstractAsyncContextManager[None]]


def loops(
    config: OperatorConfig,
    *,
    kube: Kube,
    store: Store,
    queue: Queue[BotKey],
    pods: Pods,
    verifier: Verifier,
    wire: Wire,
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
    ailing: Queue[BotKey] = Queue(scheduler=scheduler)
    tried: Queue[BotKey] = Queue(scheduler=scheduler)
    events: Queue[str] = Queue(scheduler=scheduler)
    servers: Queue[Server] = Queue(scheduler=scheduler)

    def moved(bot: BotKey) -> None:
        looks.nudge(bot)
        queue.add(bot)

    slow = Slow()
    board = Board(
        queue=places,
        slow=slow,
        outages=Outages(clock=time.monotonic, jitter=random.uniform),
        notify=moved,
        clock=time.monotonic,
        jitter=random.uniform,
    )
    children = Children(kube=kube, store=store, names=Names(kube=kube, clock=time.monotonic))
    secrets = SecretValues(api=kube, namespace=config.namespace, clock=time.monotonic)
    accounts = Keeper(
        makers={"Redis": RedisMaker(), "PostgreSQL": PostgresqlMaker()},
        secrets=secrets,
        queue=servers,
        clock=time.monotonic,
        jitter=random.uniform,
    )
    factory = SourceFactory(
        reader=kube,
        vault=VaultTools(
            issuer=kube,
            logins=Logins(clock=time.monotonic),
            board=board,
            errands=Errands(slow=slow, notify=moved),
            pauses=Pauses(clock=time.monotonic, jitter=random.uniform),
            wire=wire,
            now=now,
        ),
        accounts=Accounts(keeper=accounts, secrets=secrets),
        operator_namespace=config.namespace,
    )
    courier = Courier(
        keeper=children,
        verifier=verifier,
        patience=Patience(clock=time.monotonic, jitter=random.uniform),
    )
    trials = Trials(pods=pods, queue=tried, notify=moved, clock=time.monotonic, jitter=random.uniform)
    direct = DirectCourier(
        courier=courier, trials=trials, patience=Patience(clock=time.monotonic, jitter=random.uniform)
    )
    looks = Looks(
        courier=courier,
        direct=direct,
        factory=factory,
        board=board,
        accounts=accounts,
        clock=time.monotonic,
    )
    confirmer = Confirmer(pods=pods, queue=confirmations, notify=queue.add, jitter=random.uniform)
    prober = Prober(
        pods=pods,
        queue=probes,
        notify=queue.add,
        now=lambda: now().timestamp(),
        jitter=random.uniform,
    )
    inspector = Inspector(pods=pods, queue=ailing, notify=queue.add, jitter=random.uniform)
    announcer = Announcer(kube=kube, instance=instance, now=now, queue=events)
    reconciler = Reconciler(
        kube=kube,
        store=store,
        children=children,
        admission=Admission(
            namespaces=Namespaces(kube=kube, clock=time.monotonic), own_namespace=config.namespace
        ),
        looks=looks,
        confirmer=confirmer,
        prober=prober,
        inspector=inspector,
        statuses=StatusWriter(kube=kube, store=store),
        announcer=announcer,
        deliveries=DeliveryMetrics(registry),
        now=now,
        peers=Peers(
            operator_namespace=config.namespace,
            metrics_from=config.network.metrics_from,
            interactions_from=config.network.interactions_from,
        ),
    )
    registry.register(
        Fleet(store=store, checked_ago=looks.checked_ago, written=board.written, leads=leads, now=now)
    )
    registry.register(Vaults(board))
    side = SideMetrics(registry)

    def beside[K: Hashable](
        kind: str, queue: Queue[K], look: Callable[[K], Awaitable[float | None]], count: int
    ) -> Workers[K]:
        return Workers(queue=queue, look=look, metrics=side.of(kind), clock=time.monotonic, count=count)

    def fairly(
        kind: str, queue: Queue[BotKey], look: Callable[[BotKey], Awaitable[float | None]], turn: Turn
    ) -> FairWorkers[BotKey]:
        return FairWorkers(queue=queue, look=look, metrics=side.of(kind), clock=time.monotonic, turn=turn)

    prompt, hanging = in_turn(TRIERS, OF_ONE), in_turn(TRIERS, HANGING_OF_ONE)

    def trying(bot: BotKey) -> AbstractAsyncContextManager[None]:
        return (hanging if trials.hangs(bot) else prompt)(bot)

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
            fairly("pods", confirmations, confirmer.confirm, in_turn(CONFIRMERS, OF_ONE)),
            fairly("probes", probes, prober.look, in_turn(PROBERS, OF_ONE)),
            beside("ailments", ailing, inspector.look, INSPECTORS),
            beside("accounts", servers, accounts.check, ACCOUNT_SERVERS),
            fairly("trials", tried, trials.ask, trying),
            beside("events", events, announcer.send_waiting, 1),
        )
    )


def in_turn(total: int, of_one: int) -> Turn:
    """Return how a bot waits for its turn: among those of its namespace."""
    turns: Turns[str] = Turns(total=total, each=of_one)
    return lambda bot: turns.turn(bot.namespace)
