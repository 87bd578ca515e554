"""Chooses where the hot state and the inbox live: in Redis where one is configured, else in this process.

Without Redis there is one process, and what the next one needs of it is in the database.
"""

from __future__ import annotations

import secrets
import socket
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from botpod.inbox.kept import KeptInbox
from botpod.inbox.local import LocalInbox
from botpod.state.kept import KeptState
from botpod.state.local import LocalState
from botpod.state.localrest import LocalRestWindows
from botpod.state.reach import Reach
from botpod.state.sharedrest import SharedRestWindows

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod.config.schema import RedisSection
    from botpod.inbox.port import Inbox
    from botpod.state.port import HotState
    from botpod.state.redisstore import RedisStore
    from botpod.state.restwindows import RestWindows
    from botpod.storage.database import Database
    from botpod.storage.kept import KeptThings

CLAIM_SECONDS = 5.0
"""For how long a claim in SQL is good. It is renewed each half a second; a database may take its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What a bot's pods share; ``rest``: what they may ask of Discord's REST interface."""

    state: HotState
    inbox: Inbox
    rest: RestWindows


def shared(
    section: RedisSection | None,
    *,
    bot: str,
    port: int,
    lease_seconds: float,
    password: Callable[[], str] | None,
    report: Callable[[str | None], None],
    kept: KeptThings,
    database: Database | None = None,
) -> Shared:
    """Return what the pods of ``bot`` share; ``report`` hears what is wrong with Redis.

    ``database``: where several that share no Redis say who is on an event; None where there is one of them.
    ``port`` is one that this process listens on: where several run on one host it tells them apart.
    """
    # The same pod's next process is another one: it must wait until the last one's leases are over.
    pod = f"{socket.gethostname()}:{port}-{secrets.token_hex(4)}"
    if section is None:
        alone = through_database(kept, pod=pod)
        return (
            alone if database is None else replace(alone, inbox=claimed_in(database, kept, bot=bot, pod=pod))
        )
    # Only those who share state pay for the client: a third of a second, and eight MiB.
    from botpod.state.redisstore import RedisStore, connect  # noqa: PLC0415

    logins = section.credential_holds == "UserAndPassword"
    redis = connect(section.url, password=password, logins=logins, ca=section.ca_bundle)
    store = RedisStore(redis, bot=bot, pod=pod, lease_seconds=lease_seconds)
    return through_redis(store, report=report)


def through_database(kept: KeptThings, *, pod: str) -> Shared:
    """Return what a bot's processes share of which one runs at a time."""
    return Shared(
        state=KeptState(kept, pod=pod, clock=time.monotonic),
        inbox=KeptInbox(kept, clock=time.monotonic),
        rest=LocalRestWindows(clock=time.monotonic),
    )


def claimed_in(database: Database, kept: KeptThings, *, bot: str, pod: str) -> Inbox:
    """Return the inbox of processes that take what is posted to them, and share PostgreSQL alone."""
    from botpod.inbox.claimed import ClaimedInbox  # noqa: PLC0415 - few need it
    from botpod.storage.claims import Claims  # noqa: PLC0415

    claims = Claims(database, bot=bot, holder=pod, seconds=CLAIM_SECONDS)
    return ClaimedInbox(claims, kept, seconds=CLAIM_SECONDS, clock=time.monotonic)


def through_redis(store: RedisStore, *, report: Callable[[str | None], None]) -> Shared:
    """Return what a bot's pods share, each with a ``store`` of its own."""
    from botpod.inbox.redis import RedisInbox  # noqa: PLC0415
    from botpod.inbox.shared import SharedInbox  # noqa: PLC0415
    from botpod.state.redis import RedisState  # noqa: PLC0415
    from botpod.state.redisrest import RedisRestWindows  # noqa: PLC0415
    from botpod.state.shared import SharedState  # noqa: PLC0415

    clock, lease_seconds = time.monotonic, store.lease_seconds
    reach = Reach(clock=clock, report=report, probe=store.probe)
    return Shared(
        state=SharedState(
            RedisState(store),
            LocalState(pod=store.pod, clock=clock),
            lease_seconds=lease_seconds,
            reach=reach,
        ),
        inbox=SharedInbox(
            RedisInbox(store), LocalInbox(clock=clock), reach=reach, lease_seconds=lease_seconds, clock=clock
        ),
        rest=SharedRestWindows(
            RedisRestWindows(store), LocalRestWindows(clock=clock), reach=reach, clock=clock
        ),
    )
