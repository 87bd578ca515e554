"""A TCP proxy that can stop forwarding without closing anything: what a hung connection is."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LOOK_SECONDS = 0.1
CHUNK = 65536


class StallingProxy:
    """Forwards connections to a port on loopback; while it stalls, bytes wait on both sides."""

    def __init__(self, *, target: int) -> None:
        self._target = target
        self._flows = threading.Event()
        self._flows.set()
        self._over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self.port: int = self._listener.getsockname()[1]

    @property
    def url(self) -> str:
        """Where to connect in place of the target."""
        return f"https://127.0.0.1:{self.port}"

    def stall(self) -> None:
        """Forward nothing more; connections are still accepted."""
        self._flows.clear()

    def flow(self) -> None:
        """Go on, with what waited first."""
        self._flows.set()

    def _accept(self) -> None:
        self._listener.settimeout(LOOK_SECONDS)
        while not self._over.is_set():
            with contextlib.suppress(TimeoutError):
                client, _ = self._listener.accept()
                self._begin(self._forward, client)

    def _forward(self, client: socket.socket) -> None:
        with client, selectors.DefaultSelector() as ready, contextlib.suppress(OSError):
            while not self._flows.wait(LOOK_SECONDS):
                if self._over.is_set():
                    return
            with socket.create_connection(("127.0.0.1", self._target), timeout=5) as server:
                ready.register(client, selectors.EVENT_READ, server)
                ready.register(server, selectors.EVENT_READ, client)
                while not self._over.is_set():
                    # Data that arrived while it stalls waits in the sockets, as it would in the network.
                    if not self._flows.wait(LOOK_SECONDS):
                        continue
                    for key, _ in ready.select(LOOK_SECONDS):
                        data = key.fileobj.recv(CHUNK)
                        if not data:
                            return
                        key.data.sendall(data)

    def _begin(self, run: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=run, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()


@contextlib.contextmanager
def stalling_proxy(*, target: int) -> Iterator[StallingProxy]:
    """Run a proxy until the block ends."""
    proxy = StallingProxy(target=target)
    proxy._begin(proxy._accept)
    try:
        yield proxy
    finally:
        proxy._over.set()
        for thread in proxy._threads:
            thread.join(5)
        proxy._listener.close()
