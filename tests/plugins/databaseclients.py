"""Everybody who speaks to a class's databases: who makes accounts, who tries a login, and the bot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from accounts import BOB, login
from examining import addresses
from sqlalchemy import text

from botpod.state.redisstore import RedisStore, connect
from botpod.storage.engine import engine_for
from botpod_credentials.values import Hidden, SecretValues
from botpod_credentials.verify.examiner import Examiner
from botpod_operator.accounts.postgresql import PostgresqlMaker
from botpod_operator.accounts.redis import RedisMaker
from botpod_operator.accounts.server import Server
from botpod_operator.api.credentials import Key
from botpod_operator.api.state import State
from botpod_operator.state import state_in_force

if TYPE_CHECKING:
    from botpod_credentials.keys import Kind
    from botpod_credentials.verify.answers import Finding
    from botpod_operator.accounts.server import Maker
    from botpod_operator.state import StateInForce

KEYS: dict[Kind, str] = {"Redis": "redis-password", "PostgreSQL": "postgresql-password"}
PARTS: dict[Kind, str] = {"Redis": "redis", "PostgreSQL": "postgresql"}
QUESTION_SECONDS = 60.0
"""A busy machine is no mistake of the code."""


@dataclass(frozen=True, kw_only=True)
class Clients:
    """``store`` is what a class says of one database, and ``password`` its administrator's."""

    kind: Kind
    store: dict[str, Any]
    password: str

    def at(self, host: str, port: int, **changes: Any) -> Clients:
        """Return the same for a server at another place; ``changes`` replace what the class says."""
        parts = urlsplit(self.store["url"])
        user = parts.netloc.rpartition("@")[0]
        netloc = f"{user}@{host}:{port}" if user else f"{host}:{port}"
        url = parts._replace(netloc=netloc).geturl()
        return Clients(kind=self.kind, store={**self.store, "url": url, **changes}, password=self.password)

    @property
    def login(self) -> str:
        """What the bot logs in with, as ``user:password``."""
        mine = login(BOB, service=self.kind)
        return f"{mine.name}:{mine.password.reveal()}"

    @property
    def _state(self) -> StateInForce:
        return state_in_force(State.model_validate({PARTS[self.kind]: self.store}), ())

    async def make(self) -> None:
        """Have the operator make the bot's account. CredentialsUnusable where it can't."""
        state = self._state
        redis = self.kind == "Redis"
        server = Server(
            service=self.kind,
            url=self.store["url"],
            ca=state.redis_ca if redis else state.sql_ca,
            user=self.store["admin"]["user"],
            secret=("of-the-administrator", "password"),
        )
        maker: Maker = RedisMaker() if redis else PostgresqlMaker()
        await maker.make(server, Hidden(self.password), login(BOB, service=self.kind), connections=20)

    async def try_login(self, value: str | None = None) -> Finding:
        """Try the bot's login, or another one, as whoever is to use it does before."""
        state = self._state
        places = {
            "redis": state.redis_url,
            "redis_ca": state.redis_ca,
            "redis_logins": True,
            "postgresql": state.sql_url if state.has_postgresql else None,
            "postgresql_ca": state.sql_ca,
            "postgresql_logins": True,
        }
        examiner = Examiner(question_seconds=QUESTION_SECONDS, overall_seconds=QUESTION_SECONDS)
        try:
            (finding,) = await examiner.examine(
                keys=(Key(name=KEYS[self.kind], kind=self.kind),),
                addresses=addresses(**places),
                values=SecretValues({KEYS[self.kind]: self.login if value is None else value}),
            )
        finally:
            await examiner.close()
        return finding

    async def use(self, word: str) -> str:
        """Have the bot write a word and read it again; raises whatever it then meets."""
        return await (self._by_redis(word) if self.kind == "Redis" else self._by_sql(word))

    async def _by_redis(self, word: str) -> str:
        state = self._state
        assert state.redis_url is not None
        redis = connect(state.redis_url, password=lambda: self.login, logins=True, ca=state.redis_ca)
        store = RedisStore(redis, bot=str(BOB), pod="a-1", lease_seconds=1.0)
        try:
            await store.probe()
            key = store.key("direct")
            await store.ask(lambda client: client.zadd(key, {word: 1.0}))
            (found,) = await store.ask(lambda client: client.zrange(key, 0, -1))
            return str(found)
        finally:
            await store.close()

    async def _by_sql(self, word: str) -> str:
        state = self._state
        engine = engine_for(state.sql_url, password=lambda: self.login, logins=True, ca=state.sql_ca)
        try:
            async with engine.begin() as connection:
                return str(await connection.scalar(text("SELECT CAST(:word AS text)"), {"word": word}))
        finally:
            await engine.dispose()
