"""Two Redis servers behind one address, one the other's replica: what an operator of Redis keeps."""

from __future__ import annotations

import socket
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from eventually import eventually
from pod_state import pods_at
from redis.asyncio import Redis
from redis_server import RedisServer
from redis_switch import RedisSwitch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from pod_state import MakePod


class RedisPair:
    """``master`` is where the switch leads; ``replica`` is the other one."""

    def __init__(self, master: RedisServer, replica: RedisServer, switch: RedisSwitch) -> None:
        self.master = master
        self.replica = replica
        self.switch = switch

    @property
    def url(self) -> str:
        return self.switch.url

    async def follow(self) -> None:
        """Have the replica follow the master; return when it knows all that the master does."""
        await command(self.replica, "REPLICAOF", "127.0.0.1", self.master.port)
        await eventually(self._in_step)

    async def _in_step(self) -> bool:
        told = await command(self.master, "INFO", "replication")
        heard = await command(self.replica, "INFO", "replication")
        return heard["master_link_status"] == "up" and int(heard["slave_repl_offset"]) >= int(
            told["master_repl_offset"]
        )

    async def fall_behind(self) -> None:
        """Have the replica hear nothing more of what the master is told, from now on."""
        await command(self.replica, "REPLICAOF", "NO", "ONE")

    async def promote(self) -> None:
        """Have new connections go to the replica, which is the master now; the other one is left as it is."""
        await command(self.replica, "REPLICAOF", "NO", "ONE")
        self.switch.target = self.replica
        self.master, self.replica = self.replica, self.master

    async def kill_master(self) -> None:
        """Fail over to the replica as a crash does."""
        self.master.kill()
        await self.promote()

    async def demote_master(self) -> None:
        """Fail over as when nothing is broken: who was the master lives on as a replica, with who asks it."""
        await self.promote()
        await command(self.replica, "REPLICAOF", "127.0.0.1", self.master.port)


async def command(server: RedisServer, *arguments: str | int) -> dict[str, Any]:
    """Have a server do something, past the switch."""
    async with Redis.from_url(server.url, decode_responses=True) as client:
        answer = await client.execute_command(*arguments)  # type: ignore[no-untyped-call]
    return answer if isinstance(answer, dict) else {"": answer}


@contextmanager
def _servers(directory: Path) -> Iterator[list[RedisServer]]:
    servers = []
    try:
        for name in ("one", "two"):
            (directory / name).mkdir()
            server = RedisServer(directory / name, port=_free_port())
            server.start()
            servers.append(server)
        yield servers
    finally:
        for server in servers:
            server.kill()


@pytest.fixture
async def redis_pair() -> AsyncIterator[RedisPair]:
    # A socket's path may have 107 bytes at most: pytest's own directories are too deep.
    with tempfile.TemporaryDirectory(prefix="redis") as directory, _servers(Path(directory)) as servers:
        switch = RedisSwitch(servers[0], path=Path(directory) / "switch.sock")
        async with switch.listening():
            pair = RedisPair(*servers, switch)
            await pair.follow()
            yield pair


@pytest.fixture
async def pair_pods(redis_pair: RedisPair) -> AsyncIterator[MakePod]:
    """Make pods that share the pair."""
    async with pods_at(redis_pair.url) as make:
        yield make


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
