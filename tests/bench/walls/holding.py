"""Holds the ports that are its arguments: slow connections, unfinished bodies; who is closed comes again."""

from __future__ import annotations

import asyncio
import contextlib
import sys

PEERS = 500
"""Of each sort at each port."""
AGAIN_SECONDS = 2.0
BODY = 900 * 1024
SLOW = b"GET /livez HTTP/1.1\r\nHost: us\r\nX-Slow: " + b"x" * 4000
UNFINISHED = (
    b"POST /interactions HTTP/1.1\r\nHost: us\r\nX-Signature-Timestamp: 1\r\n"
    b"Content-Length: %d\r\n\r\n" % (BODY + 1)
) + bytes(BODY)


async def hold(port: int, sent: bytes) -> None:
    """Connect, send, and wait to be closed, again and again."""
    while True:
        with contextlib.suppress(OSError):
            reads, writes = await asyncio.open_connection("127.0.0.1", port)
            try:
                writes.write(sent)
                await writes.drain()
                await reads.read()
            finally:
                writes.transport.abort()
        await asyncio.sleep(AGAIN_SECONDS)


async def main(ports: list[int]) -> None:
    """Hold them until killed."""
    await asyncio.gather(
        *(hold(port, sent) for port in ports for sent in [SLOW] * PEERS + [UNFINISHED] * PEERS)
    )


if __name__ == "__main__":
    asyncio.run(main([int(port) for port in sys.argv[1:]]))
