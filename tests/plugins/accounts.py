"""Redis and PostgreSQL with an administrator who makes accounts, as the class describes them."""

from __future__ import annotations

import base64
import socket
import tempfile
import time
import uuid
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg  # type: ignore[import-untyped]
import pytest
from redis.asyncio import Redis
from redis_server import RedisServer

from botpod_credentials.values import Hidden
from botpod_operator.accounts.keeper import Keeper
from botpod_operator.accounts.names import Login, login_of
from botpod_operator.accounts.postgresql import PostgresqlMaker
from botpod_operator.accounts.redis import RedisMaker
from botpod_operator.accounts.seed import SecretValues
from botpod_operator.accounts.server import Server
from botpod_operator.identity import BotKey

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from postgresql import PostgresqlServer

    from botpod_operator.kube.resources import Resource
    from botpod_operator.watch.queue import Queue

ADMIN = "it's the administrator's"
SEED = b"a seed of the tests"
ALICE, BOB = BotKey("payments", "alice"), BotKey("games", "bob")


def login(bot: BotKey, *, rotate: str | None = None, service: str = "Redis") -> Login:
    """Return a bot's login, as the operator would choose it."""
    return login_of(SEED, service=service, address="of the tests", bot=bot, rotate=rotate)


@pytest.fixture
def admin_redis() -> Iterator[RedisServer]:
    """A Redis on loopback that forgets its users when it is restarted."""
    with tempfile.TemporaryDirectory(prefix="redis") as directory, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        server = RedisServer(Path(directory), port=port, password=ADMIN)
        server.start()
        try:
            yield server
        finally:
            server.kill()


def redis_at(server: RedisServer) -> Server:
    """Return the server as the class describes it."""
    return Server(
        service="Redis",
        url=f"redis://127.0.0.1:{server.port}/0",
        ca=None,
        user="default",
        secret=("redis-admin", "password"),
    )


@asynccontextmanager
async def redis_as(server: RedisServer, login: Login) -> AsyncIterator[Redis]:
    """Connect as a bot."""
    client = Redis(
        unix_socket_path=str(server.socket),
        username=login.name,
        password=login.password.reveal(),
        decode_responses=True,
    )
    try:
        yield client
    finally:
        await client.aclose()


class AdminPostgresql:
    """A database whose administrator isn't a superuser."""

    def __init__(self, server: PostgresqlServer) -> None:
        self.server = server
        self.name = f"a{uuid.uuid4().hex}"
        self.admin = f"admin_{self.name}"
        quoted = ADMIN.replace("'", "''")
        server.sql(f"CREATE ROLE {self.admin} LOGIN CREATEROLE PASSWORD '{quoted}'")
        server.sql(f"CREATE DATABASE {self.name} OWNER {self.admin}")

    @property
    def as_class(self) -> Server:
        """The server as the class describes it."""
        return Server(
            service="PostgreSQL",
            url=f"postgresql:///{self.name}?host={self.server.directory}",
            ca=None,
            user=self.admin,
            secret=("postgresql-admin", "password"),
        )

    def sql(self, command: str) -> str:
        """Run a command as a superuser and return what it prints."""
        return self.server.sql(command, database=self.name)

    @property
    def bot_url(self) -> str:
        """What a bot's configuration says."""
        return f"postgresql+asyncpg:///{self.name}?host={self.server.directory}"

    @property
    def admin_url(self) -> str:
        """What the configuration of bots said that shared the administrator's role."""
        return f"postgresql+asyncpg://{self.admin}@/{self.name}?host={self.server.directory}"

    async def connect(self, login: Login) -> Any:
        """Connect as a bot."""
        return await asyncpg.connect(
            host=str(self.server.directory),
            user=login.name,
            password=login.password.reveal(),
            database=self.name,
        )


@pytest.fixture
def admin_postgresql(postgresql_server: PostgresqlServer) -> Iterator[AdminPostgresql]:
    made = AdminPostgresql(postgresql_server)
    yield made
    roles = made.sql("SELECT rolname FROM pg_roles WHERE rolname LIKE 'bot\\_%'").split()
    postgresql_server.sql(f"DROP DATABASE {made.name} WITH (FORCE)")
    for role in (*sorted(roles, reverse=True), made.admin):
        postgresql_server.sql(f"DROP ROLE {role}")


class Api:
    """The administrator's Secret, and a place for the seed's."""

    def __init__(self) -> None:
        self.password = ADMIN
        self.made: dict[str, Any] | None = None

    async def secret(self, *, namespace: str, name: str) -> dict[str, Any] | None:  # noqa: ARG002 - the API's shape
        if name == "botpod-accounts-seed":
            return self.made
        return {"data": {"password": base64.b64encode(self.password.encode()).decode()}}

    async def create(self, resource: Resource, manifest: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        self.made = manifest
        return manifest


class Clock:
    """A clock that a test moves on by hand."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead


def keeper(queue: Queue[Server], clock: Clock, api: Api | None = None) -> Keeper:
    """Return what looks after accounts."""
    return Keeper(
        makers={"Redis": RedisMaker(), "PostgreSQL": PostgresqlMaker()},
        secrets=SecretValues(api=api or Api(), namespace="botpod", clock=clock),
        queue=queue,
        clock=clock,
        jitter=lambda low, _: low,
    )


def as_admin() -> Hidden:
    """Return the administrator's password."""
    return Hidden(ADMIN)
