"""Taking connections a few at a time.

A loop's own server takes all that wait at once, and reads from none before: whoever has a good question among
a thousand that have none would be closed with them, unheard.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

log = logging.getLogger(__name__)

WAITING = 4096
"""Connections that the kernel keeps until they are taken; those beyond try again after a second, or three."""
AT_ONCE = 16
"""Fewer than have a place; those are read from before more are taken."""
NO_MORE_FILES_SECONDS = 1.0


async def listening(host: str | None, port: int) -> list[socket.socket]:
    """Return sockets that listen at all addresses of ``host``, None for the machine's; raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    sockets: list[socket.socket] = []
    try:
        for family, address in dict.fromkeys((one[0], one[4]) for one in found):
            if sockets and not port:
                break  # any port is any one: the second address would have another
            try:
                made = socket.create_server(address[:2], family=family, backlog=WAITING)
            except OSError as error:
                # A machine without IPv6 names its addresses all the same.
                if error.errno in {errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL} and len(found) > 1:
                    continue
                raise
            made.setblocking(False)  # noqa: FBT003 - the standard library's
            sockets.append(made)
    except BaseException:
        for one in sockets:
            one.close()
        raise
    if not sockets:
        raise OSError(errno.EADDRNOTAVAIL, "no such address")
    return sockets


async def accept(at: socket.socket, protocol: Callable[[], asyncio.BaseProtocol]) -> None:
    """Give each connection at a listening socket a protocol, until cancelled; then the socket is closed."""
    loop = asyncio.get_running_loop()
    with at:
        while True:
            try:
                connection, _ = await loop.sock_accept(at)
                await asyncio.gather(*(_connect(one, protocol) for one in (connection, *_more(at))))
            except OSError as error:
                # Gone before it was taken, or no files left: then others must end first.
                if error.errno in {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}:
                    log.warning("No connection can be taken: %s.", error.strerror)
                    await asyncio.sleep(NO_MORE_FILES_SECONDS)


def _more(at: socket.socket) -> Iterator[socket.socket]:
    """Give what else waits, as many as come in one go."""
    with suppress(OSError):
        for _ in range(AT_ONCE - 1):
            connection, _ = at.accept()
            connection.setblocking(False)  # noqa: FBT003 - the standard library's
            yield connection


async def _connect(connection: socket.socket, protocol: Callable[[], asyncio.BaseProtocol]) -> None:
    try:
        await asyncio.get_running_loop().connect_accepted_socket(protocol, connection)
    except OSError:
        connection.close()
