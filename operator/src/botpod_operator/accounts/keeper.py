"""Keeps accounts as they shall be: makes what a bot needs, makes anew what vanished, drops what is old.

A login is old once the bot has had another for :data:`GRACE_SECONDS`, or is gone for :data:`GONE_SECONDS`.
Only accounts of bots that this process knows are ever touched.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botpod_credentials.errors import CredentialsUnusable
from botpod_operator.accounts.names import account_in
from botpod_operator.accounts.troubles import REFUSED, UNREACHABLE
from botpod_operator.credentials.outages import Outages
from botpod_operator.together import together

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from botpod_credentials.values import Hidden
    from botpod_operator.accounts.names import Login
    from botpod_operator.accounts.seed import SecretValues
    from botpod_operator.accounts.server import Maker, Server
    from botpod_operator.identity import BotKey
    from botpod_operator.watch.queue import Queue

GRACE_SECONDS = 600.0
"""How long an old login works once the new one is delivered: kubelets bring Secrets within two minutes."""
GONE_SECONDS = 60.0
"""How long the login of a deleted bot still works: its pods finish what they are at."""
AGAIN_SECONDS = 900.0
"""How often an account is brought back to what it shall be, whoever changed it."""
AT_ONCE = 4
"""Calls side by side to one server."""
CHECK_SECONDS = {"Redis": 3.0, "PostgreSQL": 60.0}
"""How often a server is asked which logins it has: Redis forgets them where it has no aclfile."""


@dataclass(slots=True)
class _Held:
    """One bot's account on one server."""

    login: Login
    connections: int
    made_at: float
    delivered_at: float | None = None
    """Since when the pods can have this login; None while they can't."""


@dataclass(slots=True)
class _OnServer:
    held: dict[BotKey, _Held] = field(default_factory=dict)
    gone: dict[str, float] = field(default_factory=dict)
    """Accounts of deleted bots → when they were."""
    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))


class Keeper:
    """Accounts on all servers; ``queue`` has the servers that are to be checked."""

    def __init__(
        self,
        *,
        makers: dict[str, Maker],
        secrets: SecretValues,
        queue: Queue[Server],
        clock: Callable[[], float],
        jitter: Callable[[float, float], float],
    ) -> None:
        self._makers = makers
        self._secrets = secrets
        self._queue = queue
        self._clock = clock
        self._jitter = jitter
        self._outages = Outages(clock=clock, jitter=jitter)
        self._servers: dict[Server, _OnServer] = {}

    async def want(self, server: Server, login: Login, *, connections: int) -> None:
        """Make sure that a bot has this login; what is known to be there isn't looked at again for a while.

        Raises:
            CredentialsUnusable: it can't be made.
        """
        there = self._servers.setdefault(server, _OnServer())
        held, now = there.held.get(login.bot), self._clock()
        if (
            held is not None
            and (held.login.name, held.connections) == (login.name, connections)
            and now - held.made_at < AGAIN_SECONDS
        ):
            return
        await self._make(server, there, login, connections)
        same = held is not None and held.login.name == login.name
        there.held[login.bot] = _Held(
            login=login,
            connections=connections,
            made_at=now - self._jitter(0.0, AGAIN_SECONDS / 3),
            delivered_at=held.delivered_at if held is not None and same else None,
        )
        there.gone.pop(login.account, None)
        self._queue.add_after(server, CHECK_SECONDS[server.service])

    def delivered(self, bot: BotKey, *, newest: bool) -> None:
        """Note whether a bot's pods can have its newest logins: before that no old one is dropped."""
        for there in self._servers.values():
            held = there.held.get(bot)
            if held is None:
                continue
            if not newest:
                held.delivered_at = None
            elif held.delivered_at is None:
                held.delivered_at = self._clock()

    def forget(self, bot: BotKey) -> None:
        """Drop the logins of a bot that is gone, in a while; what it kept stays."""
        for server, there in self._servers.items():
            held = there.held.pop(bot, None)
            if held is not None:
                there.gone[held.login.account] = self._clock()
                self._queue.add(server)

    async def check(self, server: Server) -> float | None:
        """Make anew what vanished, drop what is old; return in how many seconds to check again."""
        there = self._servers.get(server)
        if there is None or not (there.held or there.gone):
            self._servers.pop(server, None)
            return None
        with suppress(CredentialsUnusable):
            maker = self._makers[server.service]
            found = await self._call(server, there, lambda password: maker.logins(server, password))
            missing = [held for held in there.held.values() if held.login.name not in found]
            await together(*(self._make(server, there, held.login, held.connections) for held in missing))
            old = self._old(there, found)
            if old:
                await self._call(server, there, lambda password: maker.drop(server, password, old))
        every = CHECK_SECONDS[server.service]
        return max(self._outages.due_in(_mark(server)), self._jitter(every, every * 1.2))

    def _old(self, there: _OnServer, found: frozenset[str]) -> frozenset[str]:
        now, ours = self._clock(), {held.login.account: held for held in there.held.values()}
        old = set()
        for name in found:
            account = account_in(name) or ""
            held, gone = ours.get(account), there.gone.get(account)
            if held is not None:
                since = held.delivered_at
                if name != held.login.name and since is not None and now - since >= GRACE_SECONDS:
                    old.add(name)
            elif gone is not None and now - gone >= GONE_SECONDS:
                old.add(name)
        for account, gone in tuple(there.gone.items()):
            if now - gone >= GONE_SECONDS and not any(account_in(name) == account for name in found):
                del there.gone[account]
        return frozenset(old)

    async def _make(self, server: Server, there: _OnServer, login: Login, connections: int) -> None:
        maker = self._makers[server.service]
        await self._call(
            server, there, lambda password: maker.make(server, password, login, connections=connections)
        )

    async def _call[T](self, server: Server, there: _OnServer, call: Callable[[Hidden], Awaitable[T]]) -> T:
        """Call a server, unless it is known to be away: then whoever asks is told so at once."""
        mark = _mark(server)
        problem = self._outages.problem(mark)
        if problem is not None:
            raise problem
        well = self._outages.known(mark) is None
        name, key = server.secret
        password = await self._secrets.value(
            name, key, field=f"state.{server.service.lower()}.admin.passwordSecretRef of the BotClass"
        )
        async with there.slots:
            problem = self._outages.known(mark)
            if well and problem is not None:
                raise problem  # found out while this one waited
            try:
                answer = await call(password)
            except CredentialsUnusable as trouble:
                if trouble.reason == UNREACHABLE:
                    self._outages.failed(mark, trouble)
                else:
                    self._outages.answered(mark)
                if trouble.reason == REFUSED:
                    self._secrets.forget(name, key)
                raise
        self._outages.answered(mark)
        return answer


def _mark(server: Server) -> str:
    return f"{server.service} {server.url} {server.user} {hash(server)}"
