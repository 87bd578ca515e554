"""Nothing an owner writes, and nothing a server answers, sends a token anywhere but to the class's Vault."""

from __future__ import annotations

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest
from world import REFRESH

from botpod_operator.api.botinstance import BotInstanceSpec
from botpod_operator.generate.structural import structural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from world import World


class Server(HTTPServer):
    """Keeps what it is sent; answers with ``location`` to whoever asks, or with nothing at all."""

    def __init__(self, location: str | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.location = location
        self.received: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        self.server.received.append(f"{self.command} {self.path}\n{self.headers}\n{body}")
        if self.server.location is None:
            self.send_response(200)
        else:
            self.send_response(307)
            self.send_header("Location", f"{self.server.location}{self.path}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def log_message(self, *_: object) -> None: ...


@contextlib.contextmanager
def serving(server: Server) -> Iterator[Server]:
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


def test_a_vault_that_sends_elsewhere_is_not_followed(world: World) -> None:
    with serving(Server()) as thief, serving(Server(thief.url)) as vault:
        world.botclass(vault={"address": vault.url})
        world.bot(credentials={"vault": {"path": "bots/x"}, "refreshInterval": REFRESH})
        said = world.condition("CredentialsVerified", reason="VaultUnexpected")
        assert "gave an unexpected answer" in said["message"]
        assert "/v1/auth/jwt/login" in vault.received[0]
        assert thief.received == []


@pytest.mark.parametrize(
    "path", ["bots/x@evil.invalid", "//evil.invalid/x", "x?y=https://evil.invalid", "x#y"]
)
def test_a_path_that_would_be_an_address_is_refused(world: World, path: str) -> None:
    with pytest.raises(AssertionError, match=r"spec\.credentials\.vault\.path"):
        world.bot(credentials={"vault": {"path": path}})


def test_an_instance_has_no_field_for_an_address() -> None:
    def names(schema: dict[str, object], path: str) -> Iterator[str]:
        properties = schema.get("properties")
        for name, child in (properties if isinstance(properties, dict) else {}).items():
            yield f"{path}.{name}".lower()
            yield from names(child, f"{path}.{name}")
        items = schema.get("items")
        if isinstance(items, dict):
            yield from names(items, path)

    found = list(names(structural(BotInstanceSpec), "spec"))
    assert "spec.credentials.vault.path" in found
    words = ("url", "address", "host", "endpoint", "server", "proxy", "mount", "cabundle", "audience")
    assert [name for name in found if any(word in name.rpartition(".")[2] for word in words)] == []
