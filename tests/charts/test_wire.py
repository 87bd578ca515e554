"""What somebody on the way to the chart's databases, or in their place, gets to hear.

The real servers as the chart configures them, and everybody of ours who speaks to them.
"""

from __future__ import annotations

import asyncio
import contextlib
import shlex
import ssl
from typing import TYPE_CHECKING

import asyncpg  # type: ignore[import-untyped]
import pytest
from chartcontainer import ChartContainer, Door
from databaseclients import PARTS, Clients
from pki import server_files
from wiretap import Tap, tapped

from botpod.errors import Transient
from botpod_credentials.errors import CredentialsUnusable
from botpod_credentials.verify.answers import Answer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from wiretap import Streams

    from botpod_credentials.keys import Kind

# On a new machine the image is built first.
pytestmark = pytest.mark.timeout(900)

KINDS: tuple[Kind, ...] = ("Redis", "PostgreSQL")
PORTS: dict[Kind, int] = {"Redis": 6379, "PostgreSQL": 5432}
DATA: dict[Kind, str] = {"Redis": "/data", "PostgreSQL": "/var/lib/postgresql/data"}
HOST = "localhost"
"""The certificate has this name, beside that of the Service."""
ANOTHER_NAME = "127.0.0.2"
PASSWORD = "the-administrators-own"
WORD = "the vault is under the oak"
"""What a person says to the bot."""

SERVE = """
sh /etc/botpod/start.sh > /tmp/log 2>&1 &
server=$!
until {alive}; do
  kill -0 $server || {{ cat /tmp/log >&2; exit 1; }}
  sleep 0.1
done
echo ready
cat > /dev/null
kill -INT $server
wait $server || true
"""


class Database:
    """One of the chart's databases, which runs; ``clients`` know it as the default class says."""

    def __init__(self, kind: Kind, folder: Path, store: Path, *, tls: bool) -> None:
        self.kind = kind
        component = PARTS[kind]
        self.container = ChartContainer(component, DATA[kind], folder, store, password=PASSWORD, tls=tls)
        chart = self.container.chart
        state = chart.operator_file()["defaultClass"]["state"][component]
        self.clients = Clients(kind=kind, store=state, password=PASSWORD)
        (container,) = chart.one("StatefulSet")["spec"]["template"]["spec"]["containers"]
        self._alive = " ".join(shlex.quote(word) for word in container["readinessProbe"]["exec"]["command"])

    def serve(self) -> AbstractContextManager[Door]:
        """Run it until the block ends; it is there once the chart's own readiness probe says so."""
        return self.container.serve(SERVE.format(alive=self._alive))


class Place:
    """A running database, and the way there."""

    def __init__(self, database: Database, door: Door) -> None:
        self.kind = database.kind
        self.clients = database.clients
        self.door = door

    async def connect(self) -> Streams:
        """Connect past every tap."""
        return await asyncio.open_connection(
            sock=await asyncio.to_thread(self.door.connect, PORTS[self.kind])
        )

    @contextlib.asynccontextmanager
    async def tapped(self, *, host: str = HOST) -> AsyncIterator[tuple[Tap, Clients]]:
        """Yield somebody who listens on the way, and clients that go that way."""
        async with tapped(self.connect, host="127.0.0.1" if host == HOST else host) as tap:
            yield tap, self.clients.at(host, tap.port)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory, container_store: Path) -> Iterator[dict[str, Place]]:
    """Both databases by TLS, and as they are without."""
    with contextlib.ExitStack() as stack:
        found = {}
        for kind in KINDS:
            for tls in (True, False):
                database = Database(kind, tmp_path_factory.mktemp(kind), container_store, tls=tls)
                found[f"{kind} {tls}"] = Place(database, stack.enter_context(database.serve()))
        yield found


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, places: dict[str, Place]) -> Place:
    """A database that speaks TLS."""
    return places[f"{request.param} True"]


async def everybody(clients: Clients) -> None:
    await clients.make()
    finding = await clients.try_login()
    assert finding.answer is Answer.ACCEPTED, finding.message
    assert await clients.use(WORD) == WORD


@pytest.mark.attack("listening_on_the_wire")
async def test_on_the_way_nothing_can_be_read(place: Place, places: dict[str, Place]) -> None:
    secret = place.clients.login.partition(":")[2].encode()
    async with place.tapped() as (tap, clients):
        await everybody(clients)
    assert tap.said
    for word in (WORD.encode(), PASSWORD.encode(), secret, clients.login.partition(":")[0].encode()):
        assert word not in tap.heard

    # Where nothing is encrypted whoever listens does hear them. PostgreSQL is told a password's proof only.
    async with places[f"{place.kind} False"].tapped() as (tap, clients):
        await everybody(clients)
    words = [WORD.encode(), *((PASSWORD.encode(), secret) if place.kind == "Redis" else ())]
    assert [word for word in words if word not in tap.heard] == []


@pytest.mark.parametrize("wrong", ["CA", "name"])
@pytest.mark.attack("false_database")
async def test_who_has_no_certificate_for_the_name_is_told_nothing(
    place: Place, tmp_path: Path, wrong: str
) -> None:
    async with place.tapped() as (_, trusting):
        await trusting.make()
    host = ANOTHER_NAME if wrong == "name" else HOST
    other = {"caBundle": server_files(tmp_path).ca.read_text()} if wrong == "CA" else {}
    async with place.tapped(host=host) as (tap, found):
        clients = found.at(host, tap.port, **other)
        with pytest.raises(CredentialsUnusable, match="it needs a certificate for its name by a CA trusted"):
            await clients.make()
        finding = await clients.try_login()
        assert finding.answer is Answer.UNCLEAR
        assert "certificate" in finding.message
        with pytest.raises((Transient, ssl.SSLError), match="CERTIFICATE_VERIFY_FAILED"):
            await clients.use(WORD)
    assert tap.said
    for word in (WORD, PASSWORD, clients.login.partition(":")[2]):
        assert word.encode() not in tap.said


@pytest.mark.attack("listening_on_the_wire")
async def test_who_speaks_plain_text_is_not_heard(place: Place) -> None:
    assert place.door.ports == {PORTS[place.kind]}
    async with place.tapped() as (_, clients):
        await clients.make()
    reader, writer = await place.connect()
    user, _, secret = place.clients.login.partition(":")
    if place.kind == "Redis":
        writer.write(f"AUTH {user} {secret}\r\n".encode())
        said = b""
        with contextlib.suppress(ConnectionResetError):
            said = await reader.read()
        # An alert of TLS at most: nothing that says whether the password is right.
        assert not said.startswith((b"+", b"-"))
        writer.close()
        return
    writer.close()
    async with place.tapped() as (tap, _):
        for name, password in ((user, secret), ("botpod", PASSWORD), ("postgres", "")):
            with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError, match="no encryption"):
                await asyncpg.connect(
                    host=tap.host, port=tap.port, user=name, password=password, database="botpod", ssl=False
                )
